/// Suspends the calling task until `body`'s continuation is resumed, and calls `handler` if it is cancelled meanwhile.
///
/// The same as `withTaskCancellationHandler` around `withUnsafeThrowingContinuation`, which goes back to the task's
/// executor four times for each wait, each time by a lock. This form of the former, which the standard library has
/// for older callers, stays where it is; so does every task of a loop. A frame less stays in memory for each wait.
///
/// - Parameters:
///   - body: Called at once, on the calling task.
///   - handler: Called from any thread when the task is cancelled, or at once if it is.
/// - Returns: What the continuation is resumed with.
/// - Throws: What the continuation is resumed with.
@inlinable @inline(__always)
package func suspend<Value: Sendable>(
    _ body: (UnsafeContinuation<Value, any Error>) -> Void,
    onCancel handler: @Sendable () -> Void
) async throws -> Value {
    try await _unsafeInheritExecutor_withTaskCancellationHandler(
        operation: { try await withUnsafeThrowingContinuation(body) },
        onCancel: handler
    )
}
