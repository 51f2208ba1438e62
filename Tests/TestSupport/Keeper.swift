private import Foundation

/// Ends what tests have started when the tests cannot: after a crash, a kill -9, or when whoever runs
/// them has gone.
///
/// A process of its own waits for the end of this one: the script `keeper`, which says what it does.
package final class Keeper: Sendable {
    /// The keeper of this process.
    package static let shared = Keeper()

    /// The variable by which a process is known as started by these tests.
    package static let variable = "PROV_TEST_RUN"
    /// Its value.
    package let value = "\(getpid())-\(UInt32.random(in: .min ... .max))"

    /// Where the keeper reads; it ends when nobody holds this open.
    private let input: Int32

    private init() {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        // Whoever starts a process here would hold it open beyond the end.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        input = ends[1]
        // Without a keeper all is as it would be without this class.
        Self.start("\(Self.variable)=\(value)", reading: ends[0])
        close(ends[0])
        Self.endWithParents()
    }

    /// Has a folder removed, with the machines of the deployments in it, if the tests end before they
    /// ``forget(_:)`` it.
    package func keep(_ folder: String) { say("keep \(folder)\n") }

    /// Leaves a folder alone, which is gone.
    package func forget(_ folder: String) { say("forget \(folder)\n") }

    /// This process's environment with the mark.
    package var environment: [String: String] {
        ProcessInfo.processInfo.environment.merging([Self.variable: value]) { _, new in new }
    }

    private func say(_ line: String) {
        let bytes = Array(line.utf8)
        // Short enough for the kernel to keep it in one piece.
        _ = write(input, bytes, bytes.count)
    }

    private static func start(_ mark: String, reading file: Int32) {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "keeper")
        // A session of its own, so that a Ctrl-C does not reach it.
        let words = ["setsid", "bash", script.path, mark]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, file, STDIN_FILENO)
        for output in [STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads that run Swift tasks block all signals.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var id = pid_t()
        posix_spawnp(&id, words[0], &actions, &attributes, &arguments, environ)
    }

    /// Ends this process when its parent has gone, or the one that `PROV_TEST_PARENT` names.
    ///
    /// Nobody reads the results then. `PROV_TEST_PARENT=0` says that somebody will, whoever has gone.
    private static func endWithParents() {
        let parent = getppid()
        let named = ProcessInfo.processInfo.environment["PROV_TEST_PARENT"].flatMap { pid_t($0) }
        guard named != 0 else { return }
        Thread.detachNewThread {
            while true {
                usleep(500_000)
                let isAlone = getppid() != parent || (named.map { kill($0, 0) != 0 } ?? false)
                if isAlone { _exit(1) }
            }
        }
    }
}
