import Synchronization

/// Repeats a step on the nodes where it failed, for a script that was called with `--retry-failed`.
///
/// A step is code, with values that it returns, so it is repeated by the script that made it, and by none
/// that is called later: what has been done elsewhere stays done.
struct FanOutRetry: Sendable {
    /// The one that this task obeys; `nil` within a step, whose own steps are part of it.
    @TaskLocal static var current: FanOutRetry?

    /// Whether to repeat it, told what failed and how often it was repeated.
    let wants: @Sendable (FanOutError, Int) async -> Bool

    /// Once, and says so.
    static func once(_ say: @escaping @Sendable (String) -> Void) -> FanOutRetry {
        FanOutRetry { error, times in
            guard times == 0 else { return false }
            say("\(error)\nagain on \(error.failures.keys.sorted().joined(separator: ", "))")
            return true
        }
    }

    /// As often as a person says so, who may mend the nodes meanwhile.
    static func asking(
        _ say: @escaping @Sendable (String) -> Void,
        _ answer: @escaping @Sendable (String) -> String?
    ) -> FanOutRetry {
        FanOutRetry { error, _ in
            say("\(error)")
            let nodes = error.failures.keys.sorted().joined(separator: ", ")
            let word = answer("again on \(nodes)? [y/N] ") ?? ""
            return ["y", "yes"].contains(word.lowercased())
        }
    }
}
