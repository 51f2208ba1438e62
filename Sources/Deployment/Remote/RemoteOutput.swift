import Posix
import Synchronization

/// The standard output of a remote command between the connection that reads it and who takes its lines.
///
/// Bounded: from ``mark`` bytes on nothing more is read, so that the command waits for who takes them.
public final class RemoteOutput: Sendable {
    /// From so many bytes on, it is read no further.
    static let mark = 256 << 10

    private struct State {
        var lines = LineQueue()
        var end: Result<Void, any Error>?
        var isUnwanted = false
        /// How often something came.
        var changes = 0
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var lastID: UInt64 = 0
    }

    private enum Step {
        case line(String)
        case end(Result<Void, any Error>)
        case wait(seen: Int)
    }

    private let state = Mutex(State())
    let backpressure = Backpressure()

    init() {}

    /// How the command failed; `nil` if it did not, or did not end yet.
    var failure: (any Error)? {
        state.withLock { state in
            guard case .failure(let error) = state.end else { return nil }
            return error
        }
    }

    /// Takes what the command wrote.
    func take(_ bytes: [UInt8]) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard !state.isUnwanted else { return [] }
            state.lines.add(bytes)
            if state.lines.count >= Self.mark { backpressure.hold() }
            return Self.wake(&state)
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Notes how the command ended, which is told behind its last line.
    func finish(_ result: Result<Void, any Error>) {
        let waiting = state.withLock { state in
            state.end = state.end ?? result
            return Self.wake(&state)
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Drops what is there and what still comes: nobody takes it any more.
    func leave() {
        state.withLock { state in
            state.isUnwanted = true
            state.lines.clear()
        }
        backpressure.release()
    }

    /// The next line, as soon as it is there; `nil` at the end.
    ///
    /// - Throws: What the command ended with, or `CancellationError`.
    func next() async throws -> String? {
        while true {
            try Task.checkCancellation()
            let step = state.withLock { state -> Step in
                if let line = state.lines.next(isOver: state.end != nil) {
                    if state.lines.count < Self.mark / 2 { backpressure.release() }
                    return .line(line)
                }
                return state.end.map { .end($0) } ?? .wait(seen: state.changes)
            }
            switch step {
            case .line(let line): return line
            case .end(let end):
                try end.get()
                return nil
            case .wait(let seen): await wait(for: seen)
            }
        }
    }

    /// Waits until more has come than what was `seen`, or the task is cancelled.
    private func wait(for seen: Int) async {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    // A cancellation from here on finds it waiting.
                    let isReady = state.changes != seen || Task.isCancelled
                    if !isReady { state.waiting[id] = continuation }
                    return isReady
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
        }
    }

    private static func wake(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
        state.changes += 1
        defer { state.waiting = [:] }
        return Array(state.waiting.values)
    }
}
