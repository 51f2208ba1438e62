internal import Engine

/// The messages to one user that it has not read.
final class Inbox {
    /// A user that reads nothing must not take all memory.
    private static let most = 10_000

    private var messages: [any Sendable] = []
    private var head = 0
    private let gate: Gate

    init(on loop: EventLoop) { gate = Gate(on: loop) }

    /// Leaves a message; false if there are too many.
    func put(_ message: any Sendable) -> Bool {
        guard messages.count - head < Self.most else { return false }
        messages.append(message)
        gate.wake()
        return true
    }

    /// Suspends until there is a message; `nil` if none came before the deadline.
    func take(before deadline: Int64?) async throws -> (any Sendable)? {
        guard !gate.isTaken else { throw MessageError.twoReaders }
        while head == messages.count {
            guard try await gate.wait(before: deadline) else { return nil }
        }
        defer {
            head += 1
            if head == messages.count {
                messages = []
                head = 0
            }
        }
        return messages[head]
    }
}
