// Kills, full disks and several callers at random moments: nothing is lost, nothing is left. What came of
// each moment goes to docs/reliability.md.

import DeploymentState
import FoundationEssentials
import Glibc
import Shell
import Synchronization
import TestSupport
import Usage

let usage = Usage(
    "soak",
    summary: "Strikes prov at random moments, and writes down what came of it.",
    example: "bin/soak --moments 100 --seed 7",
    options: [
        .init("moments", value: "N", "how many kills, 100 by default"),
        .init("disks", value: "N", "how many full disks, 20 by default"),
        .init("minutes", value: "N", "stop after so long; 600 by default"),
        .init("seed", value: "N", "the same seed strikes at the same moments; else a random one"),
        .init("only", value: "WHAT", "local, scripts or emulated"),
        .init("fresh", "forget the moments of earlier runs"),
        .init("page", "only write the page, from the moments of earlier runs"),
    ]
)

/// How many moments there were, of all beds together.
final class Tally: Sendable {
    private let count = Mutex((all: 0, failed: 0, kills: 0, disks: 0))

    var failed: Int { count.withLock { $0.failed } }
    var kills: Int { count.withLock { $0.kills } }
    var disks: Int { count.withLock { $0.disks } }

    func add(_ moment: Moment, to page: Page) throws {
        try count.withLock { count in
            count.all += 1
            if case .failed = moment.result { count.failed += 1 }
            if moment.blow == .disk {
                count.disks += 1
            } else if moment.blow.isHarm {
                count.kills += 1
            }
            print("\(count.all)\t\(moment.line)")
            try page.add(moment)
        }
    }
}

/// One run of the soak.
struct Soak: Sendable {
    let folder: String
    let prov: String
    /// The user's scripts by their names.
    let scripts: [String: String]
    let seed: UInt64
    let moments: Int
    let disks: Int
    let start: ContinuousClock.Instant
    let time: Duration
    let page: Page
    let tally: Tally

    /// Prints a moment and keeps it.
    func report(_ moment: Moment) throws { try tally.add(moment, to: page) }

    /// When a phase ends that begins now and has this share of what time is left.
    func deadline(_ share: Double) -> ContinuousClock.Instant {
        let now = ContinuousClock.now
        return now + (time - (now - start)) * share
    }

    /// How many kills fall on each: most on machines that are made in seconds.
    ///
    /// Eight on the emulator are each command twice, each time by another blow.
    private var shares: (walk: Int, scripts: Int, emulated: Int) {
        let (scripts, emulated) = (moments / 10, moments * 8 / 100)
        return (moments - scripts - emulated, scripts, emulated)
    }

    /// How many full disks fall on the emulator: each command once.
    private var emulatedDisks: Int { disks / 5 }

    /// Kills of `prov` and what it starts, and several callers.
    func walkLocally() async throws {
        let bed = try await makeBed(.local, "soak-local")
        let callers = Callers(bed: bed)
        try await callers.run({ _ in 10 }, report: report)
        let durations = try await callers.run({ _ in 2 }, report: report)
        var walk = Walk(
            bed,
            blows: [.prov, .terraform, .both, .machineScript],
            seed: seed,
            durations: durations
        )
        try await walk.run(shares.walk, until: deadline(1), report: report)
    }

    /// Kills of a user's scripts, and then full disks.
    func runScripts() async throws {
        let bed = try await makeBed(.local, "soak-scripts")
        try await Scripts(bed: bed, programs: scripts, seed: seed)
            .run(shares.scripts, until: deadline(0.5), report: report)
        try await fillDisks(.local, "soak-disk", disks - emulatedDisks)
    }

    /// Both on the emulator, where a command takes a minute or two.
    func emulated(_ url: String) async throws {
        let kind = Bed.Kind.emulated(url: url)
        let bed = try await makeBed(kind, "soak-aws")
        let durations = try await Callers(bed: bed)
            .run({ $0 == .provision || $0 == .extend ? 2 : 10 }, report: report)
        try await fillDisks(kind, "soak-aws-disk", emulatedDisks, durations)
        var walk = Walk(
            bed,
            blows: [.prov, .terraform, .both],
            seed: seed &+ 1,
            durations: durations
        )
        try await walk.run(shares.emulated, until: deadline(1), report: report)
    }

    /// Walks on a small disk of its own, which is filled at each moment.
    private func fillDisks(
        _ kind: Bed.Kind,
        _ name: String,
        _ count: Int,
        _ durations: [Deed: Duration] = [:]
    ) async throws {
        guard count > 0 else { return }
        let bed = try await makeBed(kind, name) { disk in
            let words = ["-t", "tmpfs", "-o", "size=64m,mode=700", "soak", disk]
            try await LocalProcess("mount", words).execute()
        }
        var walk = Walk(bed, blows: [.disk], seed: seed &+ 2, durations: durations)
        var problem: (any Error)?
        do {
            try await walk.run(count, until: deadline(1), report: report)
        } catch {
            problem = error
        }
        try await LocalProcess("umount", [bed.folder]).execute()
        if let problem { throw problem }
    }

    private func makeBed(
        _ kind: Bed.Kind,
        _ name: String,
        mount: (String) async throws -> Void = { _ in }
    ) async throws -> Bed {
        let folder = "\(folder)/\(name)"
        try Files.makeDirectory(folder)
        Keeper.shared.keep(folder)
        try await mount(folder)
        try Files.makeDirectory("\(folder)/tmp")
        var more = ["TMPDIR": "\(folder)/tmp"]
        if case .emulated = kind {
            let aws = "\(Bed.repository)/Tests/IntegrationTests/aws"
            let mirror = try await LocalProcess("\(aws)/mirror").run().outputText
            if let path = mirror.split(separator: "\n").first {
                try await LocalProcess(
                    "\(aws)/terraform-config",
                    [String(path), "\(folder)/terraform.rc", "in-place"]
                ).execute()
            }
            // Memory for time: terraform and the provider read a schema of many megabytes each time.
            more["GOGC"] = "400"
        }
        return try Bed(
            kind,
            folder: folder,
            name: name,
            prov: prov,
            more: more
        )
    }
}

/// Starts an emulator of AWS that ends with this process, and returns its URL.
func startEmulator(in folder: String) async throws -> String {
    let aws = "\(Bed.repository)/Tests/IntegrationTests/aws"
    let tools = try await LocalProcess("\(aws)/tools").execute().outputText
        .split(separator: "\n").joined()
    var environment = Keeper.shared.environment
    environment["MOTO_SERVER"] = tools + "/moto_server"
    let start = LocalProcess(
        "\(aws)/start-moto",
        ["\(folder)/emulator", "86400"],
        environment: environment
    )
    return try await start.execute().outputText.split(separator: "\n").joined()
}

/// Builds one of our programs, unless a variable names another build, as in `PROV=…` or `RESTORE_AND_RUN=…`.
func program(_ name: String) async throws -> String {
    let variable = String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    if let given = Files.environment(variable) { return given }
    return try await LocalProcess("\(Bed.repository)/bin/build", [name]).execute().outputText
        .split(separator: "\n").joined()
}

/// What the page says of this run.
func description(seed: UInt64) async throws -> String {
    let git = ["-C", Bed.repository, "log", "-1", "--format=%h"]
    let commit = try await LocalProcess("git", git).run().outputText.split(separator: "\n").joined()
    let terraform =
        try await LocalProcess("terraform", ["version"]).run().outputText
        .split(separator: "\n").first ?? "no terraform"
    let now = Date.now.formatted(.iso8601)
    let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    return "\(now), commit \(commit), seed \(seed), \(cores) cores, \(terraform)"
}

do {
    // It takes hours, and may be left alone.
    setenv("PROV_TEST_PARENT", "0", 1)
    let arguments = try usage.parse(Array(CommandLine.arguments.dropFirst()))
    func number(_ name: String, _ standard: Int) throws -> Int {
        Int(try arguments.number(name, default: Double(standard), in: 0...1e15))
    }
    let seed = UInt64(try number("seed", Int.random(in: 1..<1_000_000)))
    guard getuid() == 0 else { throw SoakError("real machines are made: run it as root") }
    StandardOutput.bufferByLine()
    let store = "\(Bed.repository)/.build/soak"
    for folder in [Bed.repository + "/.build", store] { try Files.makeDirectory(folder) }
    let page = Page(
        results: store + "/results.tsv",
        page: Bed.repository + "/docs/reliability.md"
    )
    guard !arguments.flag("page") else {
        try page.write()
        exit(0)
    }
    var scripts: [String: String] = [:]
    for name in ["setup", "populate-and-snapshot", "restore-and-run"] {
        scripts[name] = try await program(name)
    }
    let soak = Soak(
        folder: try Files.makeTemporaryDirectory("prov-soak"),
        prov: try await program("prov"),
        scripts: scripts,
        seed: seed,
        moments: try number("moments", 100),
        disks: try number("disks", 20),
        start: .now,
        time: .seconds(60 * (try number("minutes", 600))),
        page: page,
        tally: Tally()
    )
    Keeper.shared.keep(soak.folder)
    print("seed \(seed)")
    try soak.page.begin(try await description(seed: seed), isFresh: arguments.flag("fresh"))
    let only = arguments.value("only")
    try await withThrowingTaskGroup { group in
        if only == nil || only == "local" { group.addTask { try await soak.walkLocally() } }
        if only == nil || only == "scripts" { group.addTask { try await soak.runScripts() } }
        if only == nil || only == "emulated" {
            let url = try await startEmulator(in: soak.folder)
            group.addTask { try await soak.emulated(url) }
        }
        // One that ends badly leaves the other alone, and is said at the end.
        var problem: (any Error)?
        while let result = await group.nextResult() {
            if case .failure(let error) = result { problem = problem ?? error }
        }
        if let problem { throw problem }
    }
    let tally = soak.tally
    print("\(tally.failed) failed; docs/reliability.md has all")
    let isWhole = only != nil || (tally.kills >= soak.moments && tally.disks >= soak.disks)
    // What was not tried must not look as if it had gone well.
    if !isWhole {
        print("the time was over after \(tally.kills) kills and \(tally.disks) full disks")
    }
    // The keeper removes the folder, and ends the emulator.
    exit(tally.failed == 0 && isWhole ? 0 : 1)
} catch {
    StandardError.say("soak: \(error)")
    exit(error is UsageError ? 2 : 1)
}
