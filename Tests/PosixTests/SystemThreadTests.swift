import Glibc
import Posix
import Synchronization
import Testing

@Suite("A system thread")
struct SystemThreadTests {
    @Test("has run to its end when it was joined, with all signals blocked")
    func join() throws {
        let blocked = Mutex<[Int32]>([])
        let thread = try SystemThread {
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            blocked.withLock { found in
                found = [SIGINT, SIGTERM, SIGPIPE].filter { sigismember(&mask, $0) == 1 }
            }
        }
        thread.join()
        #expect(blocked.withLock { $0 } == [SIGINT, SIGTERM, SIGPIPE])
    }

    @Test("leaves the signals of the one that starts it as they were")
    func mask() throws {
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &before)
        try SystemThread {}.join()
        var after = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &after)
        #expect(sigismember(&before, SIGINT) == sigismember(&after, SIGINT))
        #expect(sigismember(&before, SIGPIPE) == sigismember(&after, SIGPIPE))
    }
}
