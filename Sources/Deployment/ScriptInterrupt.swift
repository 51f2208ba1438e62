import Dispatch
import Foundation
import Synchronization

/// What Ctrl-C and SIGTERM do to a script: the first ends what it began, the second the script itself.
///
/// At a terminal the first Ctrl-C asks, while a load runs that another call could go on with.
struct ScriptInterrupt: Sendable {
    /// The script's name.
    let command: String
    let task: Task<Void, any Error>
    let ledger: TrialLedger
    let progress: Progress
    /// Whether the script can go on with a load that it left.
    let attaches: Bool
    let say: @Sendable (String) -> Void

    /// What a person answers to ``question``.
    enum Answer: Sendable, Hashable {
        case stop, leave

        /// Reads what was typed: a word or its first letters; `nil` for anything else.
        init?(_ text: String) {
            let word = text.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
            guard !word.isEmpty else { return nil }
            if "stop".hasPrefix(word) {
                self = .stop
            } else if "leave".hasPrefix(word) {
                self = .leave
            } else {
                return nil
            }
        }
    }

    static let question = "stop the load, or leave it running? [stop/leave] "

    /// Obeys the signals for as long as the result lives.
    func obey() -> [any DispatchSourceSignal] {
        let first = First()
        // A signal that comes before its source is registered is lost.
        let registered = DispatchGroup()
        defer { registered.wait() }
        return [SIGINT, SIGTERM].map { signal in
            registered.enter()
            // The source sees the signal only if it is not fatal by itself.
            Foundation.signal(signal, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: signal, queue: .global())
            source.setRegistrationHandler { registered.leave() }
            source.setEventHandler {
                guard first.take(), !task.isCancelled else { _exit(1) }
                if signal == SIGINT, attaches, ledger.canLeave, isatty(0) == 1, isatty(2) == 1 {
                    // The next signal must be seen while nobody answers.
                    DispatchQueue.global().async { ask() }
                } else {
                    stop()
                }
            }
            source.resume()
            return source
        }
    }

    /// Whether a signal is the first.
    private final class First: Sendable {
        private let isTaken = Mutex(false)

        /// Returns whether this is the first call.
        func take() -> Bool {
            isTaken.withLock { taken in
                defer { taken = true }
                return !taken
            }
        }
    }

    private func stop() {
        say("\(command): stopping; once more to leave at once")
        task.cancel()
    }

    private func ask() {
        progress.holdLiveLines(true)
        defer { progress.holdLiveLines(false) }
        while true {
            FileHandle.standardError.write(Data("\n\(command): \(Self.question)".utf8))
            // The end of input is nobody's wish that something goes on.
            guard let line = readLine() else { return stop() }
            switch Answer(line) {
            case .stop: return stop()
            case .leave:
                ledger.leave()
                return task.cancel()
            case nil: continue
            }
        }
    }

    /// How to go on with the load, or end it; `words` are those of the call, with the program's path first.
    static func remedy(_ command: String, _ words: [String], deployment: String) -> String {
        let script = RunningScript(command, words, attaches: true)
        return "\(command): the load runs on; go on with: \(script.attachLine ?? ""), "
            + "or end it with: prov jobs \(deployment) --stop"
    }
}
