import DeploymentState
import Foundation
import Shell
import Testing

@testable import Deployment

/// `docs/systems.md` is what the systems say of themselves; RECORD=1 writes it.
@Suite("docs/systems.md")
struct SystemsPageTests {
    private static let page = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in
        url.deletingLastPathComponent()
    }
    .appending(path: "docs/systems.md").path

    /// A verb, and what it means for a system.
    private typealias Row = (verb: String, meaning: (any System) throws -> String)

    private static let node = Node(
        name: "server-0",
        publicIP: "198.18.0.10",
        privateIP: "198.18.0.10",
        user: "prov"
    )

    private static func code(_ words: [String]) -> String {
        words.isEmpty ? "—" : words.map { "`\($0)`" }.joined(separator: ", ")
    }

    private static func order(_ order: FanOutOrder) -> String {
        switch order {
        case .parallel: "all at once"
        case .sequence: "one by one"
        case .waves: "in waves that double"
        }
    }

    private static func rows(_ node: Node) -> [Row] {
        let database: (any System) -> (any Database)? = { $0 as? any Database }
        func yes(_ isSo: Bool, _ words: String = "yes") -> String { isSo ? words : "—" }
        return [
            (
                "install",
                { system in
                    // Behind the shell's own words.
                    code(
                        system.install().command.text.split(separator: " ").map(String.init)
                            .drop { $0 != "--" }.dropFirst().map { $0 }
                    )
                }
            ), ("unit", { code([$0.unit]) }),
            ("a build of yours takes the place of", { code([$0.executable].compactMap { $0 }) }),
            ("settings stand in", { code($0.configurationFiles) }),
            (
                "settings are tried before they are written",
                { system in yes(system.check([:], with: "") != nil) }
            ), ("servers behind the first start", { order($0.joining) }),
            (
                "a server joins before its start, through those that are up",
                { yes($0.beforeStart(node, through: []) != nil) }
            ),
            ("servers that are up are made one cluster", { yes($0.standing(node) != nil) }),
            (
                "waits until it serves as a whole",
                { yes($0.isServing(node, in: [node]) != $0.isUp(node)) }
            ), ("waits until it is quiet", { yes($0.isQuiet(node) != $0.isUp(node)) }),
            ("has a password", { yes($0.readPassword() != nil) }),
            (
                "metrics",
                {
                    $0.exportsMetrics
                        ? "port \($0.exporterPort)"
                            + ($0.exporterUnit.map { ", `\($0)`" } ?? ", its own")
                        : "—"
                }
            ), ("listens to clients at port", { "\($0.clientPort)" }),
            (
                "datasets",
                { system in
                    guard let database = database(system) else { return "—" }
                    return "of " + code(database.dataDirectories)
                }
            ),
            (
                "each server holds",
                { system in
                    database(system).map { $0.isReplicated ? "all keys" : "its share of the keys" }
                        ?? "—"
                }
            ),
            (
                "before a snapshot",
                { system in
                    database(system).map { code([$0.flush(node).command.text]) } ?? "—"
                }
            ), ("keys are counted", { yes(database($0)?.census(node) != nil) }),
            (
                "restored data are compared by a fingerprint",
                { yes(database($0)?.fingerprint(node) != nil) }
            ),
            (
                "restored data are made ready for the configuration",
                { yes(database($0)?.afterRestore(node) != nil) }
            ),
            (
                "a person empties it by",
                { system in code(database(system).map { [$0.emptying] } ?? []) }
            ),
            (
                "loaded by",
                { system in
                    guard let program = system.loadProgram else { return "—" }
                    let words = (program as? BenchLoad)?.words ?? []
                    return code([([program.name] + words).joined(separator: " ")])
                }
            ),
        ]
    }

    private static func text() throws -> String {
        let node = try #require(node)
        let names = Systems.names
        let systems = try names.map { name -> any System in
            guard name == "service" else { return try Systems.named(name) }
            return try Service(config: ServiceTests.config, at: "example")
        }
        var lines = [
            "# Systems", "",
            "What the scripts can set up on the servers: `system: NAME` in a config, kept in the",
            "deployment's record; `--system NAME` for one script. Without either it is",
            "`\(DeploymentRecord.systems[0])`. A test makes this table of what each system says of",
            "itself, and fails when it differs. A system of your own is a value of the protocol",
            "`System`, or `Database` if it has datasets: `Script.run(usage, system: Mine())`.", "",
            "| | " + names.joined(separator: " | ") + " |",
            "| --- |" + names.map { _ in " --- |" }.joined(),
        ]
        for row in rows(node) {
            let cells = try systems.map { try row.meaning($0) }
            lines.append("| \(row.verb) | " + cells.joined(separator: " | ") + " |")
        }
        lines += builds + service + pgbench
        return lines.map { $0 + "\n" }.joined()
    }

    /// What the page says of builds of the user's.
    private static let builds = [
        "", "## A build of your own", "",
        "`swift run setup NAME --build PATH` (or `restore-and-run`, `deployment.installBuild(path)`, or `build:`",
        "in an [experiment](statistics.md)) has the servers run an executable of yours under the system's own",
        "unit. `PATH` is the executable, or a Debian package or tarball that holds one of its name; one file is",
        "taken, so libraries that the servers lack must be there already. Before anything in use changes, every",
        "server has started it for a moment with its present configuration; if it does not start, its own words",
        "are told and the old build goes on. It stays until `--build packaged`. Each trial names it:",
        "`nodes.server-0.build` and `nodes.server-0.executable`, the digest of what really ran, in `trial.json`.",
        "The package's executable lies beside its place under the name `….packaged` meanwhile, where upgrades",
        "go too (`dpkg-divert --list`).",
    ]

    /// What the page says of a service of the user's.
    private static let service = [
        "", "## A service of your own", "",
        "A config alone makes a system of any unit; the column `service` shows this one:", "",
        "```yaml", ServiceTests.config + "```", "",
        "`service_unit` and `service_port` must be there. `service_health` runs as root on a server, which",
        "is well when it succeeds; without it the port must take a connection. `service_load` runs as root",
        "on each client, and finds its part of a stress in its environment: `PROV_PART` of `PROV_PARTS`,",
        "`PROV_RATE` (requests per second of this part), `PROV_SECONDS`, `PROV_START` (seconds since 1970),",
        "`PROV_SERVER`, `PROV_SERVERS` (all, `HOST:PORT`) and `PROV_FOLDER`, where it may write. Nobody knows",
        "how late its requests were, so a trial with it is questionable.",
    ]

    /// What the page says of a load by pgbench.
    private static let pgbench = [
        "", "## PostgreSQL under pgbench", "",
        "A load of pgbench is PostgreSQL's own, and differs from `bench load` in what a trial shows:",
        "",
        "- It takes 6 s longer than asked: 4 s before the first second that counts, and 2 s behind the last, in",
        "  which what was due by then is worked off. Their transactions are in no figure.",
        "- Requests come at random moments (`pgbench --rate`), so their number is near the rate, and not equal:",
        "  2,379 of 2,400, say. Latencies are counted from the moment at which each was due, as ever.",
        "- It makes keys by the 100,000: `populate-and-snapshot --keys` must be a multiple, or it fails before the",
        "  servers are started. Values have 100 bytes.",
    ]

    @Test("is what the systems say of themselves")
    func page() throws {
        let text = try Self.text()
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            try Files.write(text, to: Self.page, mode: 0o644)
        }
        #expect(try Files.read(Self.page) == text)
    }
}
