import DeploymentState
import Shell

/// An input at which a reader fails.
struct Finding: Sendable {
    let target: String
    /// The input's number, with the driver's seed.
    let number: Int
    /// How it fails, as in `ended by signal 4`.
    let fault: String
    /// What the child said.
    let text: String

    init(_ target: String, number: Int, _ outcome: Outcome) {
        self.target = target
        self.number = number
        text = String(outcome.errorText.prefix(2_000))
        fault = Self.fault(outcome)
    }

    /// How a child ended, in words.
    static func fault(_ outcome: Outcome) -> String {
        switch outcome.status {
        case .exited(Child.violation): "a wrong answer"
        case .exited(Child.tooMuchMemory): "more than \(Child.memoryLimit >> 10) MiB"
        case .signaled(27): "a hang of more than \(Child.timeLimit) s"  // SIGPROF
        default: outcome.cause == .timeLimit ? "a wait without end" : "a crash: \(outcome.ending)"
        }
    }
}

/// Makes an input smaller as long as it fails in the same way.
struct Minimiser {
    /// Reads one input in a child.
    let run: @Sendable ([UInt8]) async throws -> Outcome
    /// So many children at most; a hang takes its whole time in each.
    var budget: Int

    /// Returns the smallest failing input that was found, and whether it fails when alone.
    mutating func minimise(_ bytes: [UInt8], fault: String) async throws -> (
        bytes: [UInt8], failsAlone: Bool
    ) {
        guard try await fails(bytes, fault) else { return (bytes, false) }
        var best = bytes
        var piece = max(1, best.count / 2)
        while budget > 0 {
            var start = 0
            var hasShrunk = false
            while start < best.count, budget > 0 {
                var next = best
                next.removeSubrange(start..<min(best.count, start + piece))
                if try await fails(next, fault) {
                    best = next
                    hasShrunk = true
                } else {
                    start += piece
                }
            }
            guard piece > 1 || hasShrunk else { break }
            piece = max(1, piece / 2)
        }
        return (best, true)
    }

    private mutating func fails(_ bytes: [UInt8], _ fault: String) async throws -> Bool {
        budget -= 1
        return Finding.fault(try await run(bytes)) == fault
    }
}
