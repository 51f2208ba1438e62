/// Runs what cleans up behind a test, to its end.
///
/// A test that its limit of time ends is cancelled, and whatever it calls then ends at once: its machines
/// would stay.
@discardableResult
func uncancelled<T: Sendable>(
    _ body: @escaping @Sendable () async throws -> T
) async throws -> T {
    try await Task { try await body() }.value
}

/// Runs what cleans up behind a test and cannot fail, to its end.
func uncancelled(_ body: @escaping @Sendable () async -> Void) async {
    await Task { await body() }.value
}
