import Glibc
import Inventory
import Shell
import Testing

@Suite(
    "Loss on AWS",
    .enabled(AWSEmulator.reason, AWSEmulator.canBeMade),
    .timeLimit(.minutes(15)),
    .serialized
)
struct AWSLossTests {
    enum Victim: String, Sendable {
        case prov, terraform, both
    }

    /// A moment of a run: so long after it has said a line that begins so.
    struct Moment: Sendable, CustomStringConvertible {
        let line: String
        let delay: Duration

        init(_ line: String, _ seconds: Double) {
            self.line = line
            delay = .seconds(seconds)
        }

        var description: String { "\(delay) after \"\(line)\"" }
    }

    /// The moments at which one victim is killed in one deployment, each in the run that follows
    /// the one before: it must go on from there.
    struct Lane: Sendable {
        let victim: Victim
        let made: [Moment]
        let ended: [Moment]
    }

    private static let before = "looking for what the last run left"
    private static let after = "looking for what is left"

    private static let lanes = [
        Lane(
            victim: .prov,
            made: [
                Moment("terraform init", 0.3), Moment("terraform apply", 3),
                Moment("terraform apply", 6),
            ],
            ended: [Moment("terraform destroy", 4), Moment(before, 2), Moment(after, 1)]
        ),
        Lane(
            victim: .terraform,
            made: [
                Moment("terraform apply", 1), Moment(before, 2), Moment("terraform apply", 7),
            ],
            ended: [
                Moment("terraform destroy", 2), Moment("terraform destroy", 1), Moment(after, 2),
            ]
        ),
        Lane(
            victim: .both,
            made: [
                Moment("terraform plan", 1), Moment("terraform apply", 5), Moment(before, 4),
                Moment("terraform apply", 4),
            ],
            ended: [
                Moment("terraform destroy", 7), Moment(before, 1), Moment("terraform destroy", 1),
                Moment(after, 0),
            ]
        ),
    ]

    @Test(
        """
        kill -9 of prov, terraform and both, at ten moments of provision and of deprovision: a \
        re-run ends well, and nothing is left in the account
        """
    )
    func kills() async throws {
        try await AWSEmulator.with { aws in
            let before = try await aws.everything()
            try AWSConfig.write(to: aws.prov)
            let hits = try await withThrowingTaskGroup(of: Int.self) { group in
                for lane in Self.lanes { group.addTask { try await run(lane, aws) } }
                return try await group.reduce(0, +)
            }
            // A run that ends before its moment is no fault, but proves nothing.
            #expect(hits >= 18, "only \(hits) of 20 runs were killed")
            let after = try await aws.everything()
            #expect(after == before)
        }
    }

    /// Returns how many runs were killed.
    private func run(_ lane: Lane, _ aws: AWSEmulator) async throws -> Int {
        let (prov, name) = (aws.prov, lane.victim.rawValue)
        var hits = 0
        let make = AWSConfig.provision(name)
        for moment in lane.made {
            hits += try await kill(lane.victim, at: moment, of: make, name, prov) ? 1 : 0
        }
        let made = try await AWSConfig.call(prov, make).run()
        #expect(made.isSuccess, "\(name): \(made.errorText)")
        let nodes = try await aws.instances().keys.filter { $0.hasPrefix("\(name)-") }.sorted()
        #expect(nodes == ["\(name)-client-0", "\(name)-server-0"])

        let end = ["deprovision", name]
        for moment in lane.ended {
            hits += try await kill(lane.victim, at: moment, of: end, name, prov) ? 1 : 0
        }
        guard Files.exists("\(prov.folder)/\(name)") else { return hits }
        let ended = try await AWSConfig.call(prov, end).run()
        #expect(ended.isSuccess, "\(name): \(ended.errorText)")
        #expect(!Files.exists("\(prov.folder)/\(name)"))
        return hits
    }

    /// Runs a call and kills the victim at the moment; returns whether it was still at work.
    private func kill(
        _ victim: Victim,
        at moment: Moment,
        of words: [String],
        _ name: String,
        _ prov: ProvProgram
    ) async throws -> Bool {
        // First the process, then 0 when the line has come.
        let events = AsyncStream<Int32>.makeStream()
        async let pending = AWSConfig.call(prov, words).run(
            onStart: { events.continuation.yield($0) },
            onLine: { _, line in
                if line.hasPrefix(moment.line) { events.continuation.yield(0) }
            }
        )
        async let timer: Void = {
            var process: Int32 = 0
            for await id in events.stream {
                guard id == 0 else {
                    process = id
                    continue
                }
                try? await Task.sleep(for: moment.delay)  // cut short if the test is cancelled
                // By then it may have ended, and its number may be another's.
                if victim != .terraform, Self.directory(of: process) == prov.folder {
                    Glibc.kill(process, SIGKILL)
                }
                if victim != .prov {
                    for id in Self.terraforms(of: name, prov) { Glibc.kill(id, SIGKILL) }
                }
                return
            }
        }()
        let outcome = try await pending
        events.continuation.finish()
        await timer
        return !outcome.isSuccess
    }

    /// The terraform processes at work anywhere in the deployment's state directory.
    private static func terraforms(of name: String, _ prov: ProvProgram) -> [Int32] {
        let ids = (try? Files.list("/proc"))?.compactMap { Int32($0) } ?? []
        return ids.filter { id in
            let command = (try? Files.read("/proc/\(id)/comm")) ?? ""  // ended meanwhile
            return directory(of: id).hasPrefix("\(prov.folder)/\(name)/")
                && (command.hasPrefix("terraform") || command.hasPrefix("tofu"))
        }
    }

    /// Where a process works; empty if it has ended.
    private static func directory(of id: Int32) -> String {
        var path = [CChar](repeating: 0, count: 4_096)
        let count = max(0, readlink("/proc/\(id)/cwd", &path, path.count))
        return String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
