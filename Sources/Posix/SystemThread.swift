private import Glibc

/// A system thread for work that blocks, which must not hold one of Swift's own few threads.
///
/// All signals are blocked on it: Ctrl-C goes to the main thread, and a write to a closed pipe
/// returns `EPIPE`.
package final class SystemThread: Sendable {
    private let thread: pthread_t

    /// Starts a thread that runs `body`; the caller must ``join()`` it.
    ///
    /// - Throws: The `errno` if none can be had.
    package init(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
        thread = try Self.start(body, isDetached: false)
    }

    /// Waits until the thread has ended.
    package func join() { pthread_join(thread, nil) }

    /// Runs `body` on a thread that nobody waits for; false if none can be had.
    package static func detach(_ body: @escaping @Sendable () -> Void) -> Bool {
        do {
            _ = try start(body, isDetached: true)
            return true
        } catch {
            return false
        }
    }

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private static func start(
        _ body: @escaping @Sendable () -> Void,
        isDetached: Bool
    ) throws(SystemError) -> pthread_t {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        let kind = isDetached ? PTHREAD_CREATE_DETACHED : PTHREAD_CREATE_JOINABLE
        pthread_attr_setdetachstate(&attributes, Int32(kind))
        // A thread inherits the mask of the one that starts it.
        var blocked = sigset_t()
        sigfillset(&blocked)
        var before = sigset_t()
        pthread_sigmask(SIG_SETMASK, &blocked, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let box = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            box.toOpaque()
        )
        guard code == 0 else {
            box.release()
            throw SystemError("pthread_create", code: code)
        }
        return thread
    }
}
