internal import Engine
package import Scenario

/// What users of a test note; for their loop's thread alone.
package final class UserNotes: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    /// In the order in which it happened.
    package var words: [String] = []
}

/// Runs users on a loop with the system's clock until all have ended, within 100 s.
///
/// - Returns: What was noted, and of each user that failed its error.
package func runUsers(
    _ count: Int = 1,
    _ life: @escaping @Sendable (User, UserNotes) async throws -> Void
) throws -> [String] {
    let loop = try EventLoop()
    let notes = UserNotes()
    let crowd = Crowd(on: loop, rate: .unlimited) { user in
        do { try await life(user, notes) } catch { notes.words.append("\(error)") }
    }
    try crowd.add(count)
    let ending = loop.run(
        until: { crowd.counts.ended == count },
        before: loop.now + 100_000_000_000
    )
    // What users leave behind, such as a server of theirs, comes to its end: a task that waits for ever is never freed.
    _ = loop.run(until: { false }, before: loop.now + 20_000_000)
    guard ending == .reached else { return notes.words + ["still running after 100 s"] }
    return notes.words
}
