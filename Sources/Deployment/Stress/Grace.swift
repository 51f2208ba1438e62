/// Does `work` in a task of its own, which the caller's cancellation does not reach.
///
/// For cleaning up: what was started on a node must be stopped, also after Ctrl-C. The work's own
/// time limits bound it.
func withoutCancellation<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await Task { try await work() }.value
}

/// Does `work`, which the caller's cancellation ends only when `grace` has passed since.
///
/// For cleaning up after Ctrl-C on nodes that may never answer.
func withGrace<Value: Sendable>(
    _ grace: Duration,
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let task = Task { try await work() }
    return try await withTaskCancellationHandler {
        try await task.value
    } onCancel: {
        Task {
            try? await Task.sleep(for: grace)  // nobody cancels it
            task.cancel()
        }
    }
}
