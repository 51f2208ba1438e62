internal import Engine
internal import JSON

extension Throttle {
    /// Starts a piece of work, which nobody waits for, when a permit is given.
    ///
    /// What it throws is counted in ``Throttle/Counts/failures``.
    public func start(_ work: @escaping @Sendable () async throws -> Void) {
        // A task of its own, since whoever asks goes on; it ends with the throttle.
        Task(executorPreference: loop) { [self] in
            do {
                try await run { _ in try await work() }
            } catch {
                counts.failures += 1
                telemetry?.emit("throttle-work-failed") {
                    ["name": .string(name), "error": .string("\(error)")]
                }
            }
        }
    }

    /// Leaves a message for a user when a permit is given; messages keep their order.
    ///
    /// One that cannot be sent is counted in ``Throttle/Counts/unsent``.
    public func send(_ message: any Sendable, to user: User) {
        Task(executorPreference: loop) { [self] in
            let isSent = (try? await run { _ in user.send(message) }) ?? false
            // Whatever the reason, the message is not sent, and that is what is told.
            guard !isSent else { return }
            counts.unsent += 1
            telemetry?.emit("message-unsent") {
                ["throttle": .string(name), "user": .integer(Int64(user.id))]
            }
        }
    }
}
