import DeploymentState
import Glibc
import Shell
import Testing

@Suite(
    "Loss on AWS",
    .enabled(AWSEmulator.reason, AWSEmulator.canBeMade),
    .timeLimit(.minutes(15))
)
struct AWSLossTests {
    enum Victim: String, Sendable {
        case prov, terraform, both
    }

    /// A moment of a run, so long after it has said a line that begins so, and who is killed then.
    struct Moment: Sendable {
        let victim: Victim
        let line: String
        let delay: Duration

        init(_ victim: Victim, _ line: String, _ seconds: Double) {
            self.victim = victim
            self.line = line
            delay = .seconds(seconds)
        }
    }

    /// Each in the run that follows the one before: it must go on from there.
    ///
    /// `make soak` tries many.
    private static let made = [
        Moment(.prov, "terraform apply", 3), Moment(.both, "terraform apply", 6),
    ]
    private static let ended = [
        Moment(.terraform, "terraform destroy", 2), Moment(.both, "looking for what is left", 1),
    ]

    @Test(
        "kill -9 of prov, terraform and both: a re-run ends well, and nothing is left in the account"
    )
    func kills() async throws {
        try await AWSEmulator.with { aws in
            let prov = aws.prov
            let before = try await aws.everything()
            try AWSConfig.write(to: prov)
            var hits = 0
            let make = AWSConfig.provision("lossy", "--ttl", "8h")
            for moment in Self.made { hits += try await kill(at: moment, of: make, prov) ? 1 : 0 }
            let made = try await AWSConfig.call(prov, make).run()
            #expect(made.isSuccess, "\(made.errorText)")
            let nodes = try await aws.instances().keys.sorted()
            #expect(nodes == ["lossy-client-0", "lossy-server-0"])

            // The launch template is removed and made anew, which takes seconds: its name is taken then, and
            // the state does not know by what.
            let extend = ["extend", "lossy", "1h", "--no-ssh"]
            let isCut = try await kill(at: Moment(.terraform, "  1/", 2), of: extend, prov)
            #expect(isCut, "extend ended before it was killed")
            let extended = try await AWSConfig.call(prov, extend).run()
            #expect(extended.isSuccess, "\(extended.errorText)")

            let end = ["deprovision", "lossy"]
            for moment in Self.ended { hits += try await kill(at: moment, of: end, prov) ? 1 : 0 }
            if Files.exists("\(prov.folder)/lossy") {
                let ended = try await AWSConfig.call(prov, end).run()
                #expect(ended.isSuccess, "\(ended.errorText)")
            }
            #expect(!Files.exists("\(prov.folder)/lossy"))
            // A run that ends before its moment is no fault, but proves nothing.
            #expect(hits >= 3, "only \(hits) of 4 runs were killed")
            #expect(try await aws.everything() == before)
        }
    }

    /// Runs a call and kills the victim at the moment; returns whether it was still at work.
    private func kill(
        at moment: Moment,
        of words: [String],
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
                if moment.victim != .terraform, Self.directory(of: process) == prov.folder {
                    Glibc.kill(process, SIGKILL)
                }
                if moment.victim != .prov {
                    for id in Self.terraforms(of: "lossy", prov) { Glibc.kill(id, SIGKILL) }
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
