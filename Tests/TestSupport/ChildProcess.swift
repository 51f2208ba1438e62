package import Foundation
private import Synchronization

/// A real process that a test started, killed at the latest when the test lets go of it.
package final class ChildProcess: Sendable {
    /// How a process ended.
    package enum Ending: Sendable, Hashable {
        case exit(Int32)
        case signal(Int32)
    }

    /// A process that did not do what a test waited for.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The process's number.
    package let id: pid_t
    private let folder: URL
    private let ending = Mutex<Ending?>(nil)

    /// Starts a program, found along `PATH` unless it has a slash; its output goes to files.
    package init(_ words: [String]) throws {
        folder = try Self.temporaryFolder()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_APPEND
        for (file, name) in [(STDOUT_FILENO, "out"), (STDERR_FILENO, "err")] {
            let path = folder.appending(path: name).path
            posix_spawn_file_actions_addopen(&actions, file, path, flags, 0o600)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        // What it is known by, should this process not live to end it.
        let variables = Keeper.shared.environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for variable in variables { free(variable) } }
        var id = pid_t()
        let code = posix_spawnp(&id, words[0], &actions, nil, &arguments, variables)
        guard code == 0 else {
            throw Failure(description: "\(words[0]): \(String(cString: strerror(code)))")
        }
        self.id = id
    }

    deinit {
        if poll() == nil {
            kill(id, SIGKILL)
            var status: Int32 = 0
            waitpid(id, &status, 0)
        }
        // Nothing is lost if the folder of a test stays.
        try? FileManager.default.removeItem(at: folder)
    }

    /// What it has written to standard output.
    package var output: String { text("out") }

    /// What it has written to standard error.
    package var errors: String { text("err") }

    /// Sends it a signal, unless it has ended.
    package func send(_ signal: Int32) {
        if poll() == nil { kill(id, signal) }
    }

    /// Returns how it ended, or `nil` while it runs.
    package func poll() -> Ending? {
        ending.withLock { ending in
            if ending != nil { return ending }
            var status: Int32 = 0
            guard waitpid(id, &status, WNOHANG) == id else { return nil }
            let signal = status & 0x7F
            ending = signal == 0 ? .exit((status >> 8) & 0xFF) : .signal(signal)
            return ending
        }
    }

    /// Waits for its end.
    ///
    /// - Throws: ``Failure`` with its output if it still runs after `limit`.
    package func wait(upTo limit: Duration = .seconds(60)) async throws -> Ending {
        try await Self.waitFor("process \(id) to end", upTo: limit) { self.poll() != nil }
        return poll() ?? .exit(-1)
    }

    /// Waits until `condition` holds, looking every 5 ms.
    package static func waitFor(
        _ what: String,
        upTo limit: Duration = .seconds(60),
        _ condition: () throws -> Bool
    ) async throws {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while try !condition() {
            guard clock.now < end else {
                throw Failure(description: "waited \(limit) in vain for \(what)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Makes a fresh folder below the system's temporary one.
    package static func temporaryFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "prov-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private func text(_ name: String) -> String {
        let data = FileManager.default.contents(atPath: folder.appending(path: name).path)
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}
