import Bench
import Deployment
import DeploymentState
import Foundation
import Shell
import Testing

/// Two servers and some clients on machines of this host, for trials in which one thing goes wrong.
struct TrialRig: Sendable {
    let prov: ProvProgram
    let deployment: Deployment
    let content = DatasetContent(keyCount: 60_000, valueBytes: 100)

    /// Where trials are kept.
    var folder: String { prov.folder + "/trials" }

    /// Makes the machines with a database and a load tool, does `body`, and ends them.
    ///
    /// - Parameters:
    ///   - name: The deployment's name.
    ///   - clients: How many there are.
    ///   - monitors: How many machines that take no part in a load.
    ///   - config: More lines of the config.
    ///   - body: The trials.
    /// - Throws: What `body` throws, or why there are no machines.
    static func with(
        _ name: String,
        clients: Int,
        monitors: Int = 0,
        config: String = "",
        _ body: (TrialRig) async throws -> Void
    ) async throws {
        try await ProvProgram.with { prov in
            try Files.write(
                "server_count: 2\nclient_count: \(clients)\nmonitor_count: \(monitors)\n\(config)",
                to: prov.folder + "/c.yml"
            )
            let template = LocalMachines.template
            let made = try await prov.run("provision", name, template, "c.yml", "--yes")
            try #require(made.isSuccess, "\(made.errorText)")
            let state = try StateDirectory.open("\(prov.folder)/\(name)")
            let deployment = try await Deployment.connect(to: state)
            let rig = TrialRig(prov: prov, deployment: deployment)
            do {
                try await rig.setUp()
                try await body(rig)
            } catch {
                await deployment.close()
                throw error
            }
            await deployment.close()
        }
    }

    private func setUp() async throws {
        let tool = LocalProcess(
            LocalMachines.repository + "/bin/build",
            ["bench-load"],
            timeLimit: .seconds(1_800)
        )
        let path = try await tool.execute().outputText.trimmingCharacters(in: .newlines)
        try await deployment.installSystem()
        try await deployment.startCluster()
        try await deployment.installLoadTool(path)
    }

    /// Fills the empty cluster and keeps it as the dataset `base`.
    func populate() async throws {
        try await deployment.populate(content)
        try await deployment.snapshotDataset("base", of: content)
    }

    /// Makes a trial from the dataset.
    ///
    /// - Parameters:
    ///   - label: What it is called.
    ///   - stress: Its load.
    ///   - limits: What it must keep within.
    ///   - isCounted: Whether what was restored is counted.
    ///   - body: Does what goes wrong; its argument runs the load.
    /// - Returns: The trial.
    /// - Throws: What `body` throws, and `TrialError` if a step failed.
    func measure(
        _ label: String,
        _ stress: Stress,
        _ limits: ValidityLimits,
        isCounted: Bool = true,
        _ body: (@Sendable @escaping () async throws -> Void) async throws -> Void
    ) async throws -> Trial {
        try await deployment.measure(label, limits: limits, in: folder) { deployment, trial in
            try await deployment.restoreDataset("base")
            try await deployment.startCluster()
            if isCounted { try await deployment.verifyDataset("base") }
            try await deployment.quiesce()
            let folder = trial.stress
            try await body { try await deployment.run(stress, into: folder) }
        }
    }

    /// Whether a finding says only that this host was busy, which any trial on it can show.
    static func isOfTheHost(_ text: String) -> Bool {
        [
            " late (limit ", ": the hypervisor gave ", ": the load tool itself was up to ",
            ": processes of its host waited for memory in ",
        ]
        .contains { text.contains($0) }
    }

    /// Whether a script ended with 1 for nothing but such findings, which stand above its table.
    static func isSpoiltByTheHost(_ outcome: Outcome) -> Bool {
        let lines = outcome.outputText.split(separator: "\n")
        let found = lines.dropFirst().prefix { $0.hasPrefix("  ") }.map(String.init)
        return lines.first?.hasPrefix("INVALID: ") == true && !found.isEmpty
            && found.allSatisfy(isOfTheHost)
    }

    /// The server to which something happens; the other one is left alone.
    var server: Node { deployment.servers[1] }

    func onServer(_ words: String...) async throws {
        try await deployment.onEach([server]) { try await $0.execute(.root(Command(words))) }
    }

    /// Runs Bash as root and returns what it wrote, by node.
    @discardableResult
    func run(_ script: String, on nodes: [Node]) async throws -> [Node: String] {
        try await deployment.onEach(nodes) { try await $0.execute(.script(script)) }
    }

    /// Waits until a loader has said its line of that second.
    func load(hasRunFor seconds: Int) async throws {
        let said = RemoteCall.script(
            "grep -qE \"^ *$1 s \" /var/lib/prov/stress/*/output.log",
            arguments: ["\(seconds)"]
        )
        try await deployment.waitFor(
            [deployment.clients[0]],
            "line of second \(seconds)",
            timeout: .seconds(60)
        ) { _ in said }
    }

    /// How many requests the logs of a trial hold, each once.
    func total(of trial: Trial) async throws -> Int {
        let summary = try await Summary(of: [trial.stress], invalidToo: true)
        return summary.tags.filter { $0.tag.hasSuffix("-rt") }.reduce(0) { $0 + Int($1.count) }
    }

    /// What `trial.json` in a trial's directory says.
    func record(in directory: String) throws -> [String: Any] {
        let text = try Files.read(directory + "/trial.json")
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
        return try #require(object as? [String: Any])
    }
}
