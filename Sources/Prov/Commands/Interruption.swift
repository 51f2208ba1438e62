private import Glibc
private import Synchronization

/// When an interrupt ends this process at once instead of cancelling its task.
enum Interruption {
    private static let readers = Mutex(0)

    /// Runs what changes nothing and looks at no cancellation, such as reading a config: of 4 MiB, or from a
    /// pipe that nobody writes to.
    static func endsAtOnce<Value, Failure>(
        _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        readers.withLock { $0 += 1 }
        defer { readers.withLock { $0 -= 1 } }
        return try body()
    }

    /// Ends this process with status 1 if nothing else goes on than that; `say` comes first.
    static func endIfHarmless(_ say: () -> Void) {
        // Held until the end, so that nothing begins meanwhile.
        readers.withLock { count in
            guard count > 0 else { return }
            say()
            _exit(1)
        }
    }
}
