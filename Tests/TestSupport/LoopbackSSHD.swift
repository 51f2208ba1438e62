package import Foundation

/// A real `sshd` on a free loopback port, with throw-away keys in a temporary folder.
///
/// Runs as the user that runs the tests. Tests may use many of them in parallel.
package final class LoopbackSSHD: Sendable {
    /// Why it did not start.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Where keys, configuration and log lie; removed at the end.
    package let folder: URL
    package let port: UInt16
    /// The login name that the identity opens.
    package let user: String
    /// The private key that it accepts (ed25519).
    package var identityFile: String { folder.appending(path: "identity").path }
    /// Its host key, for 127.0.0.1, ::1 and localhost.
    package var knownHostsFile: String { folder.appending(path: "known_hosts").path }
    /// What sshd logged so far.
    package var log: String {
        // Absent until it logs something.
        (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? ""
    }

    private let server: Process
    private let input: Pipe

    /// Starts one, gives it to `body`, and stops and removes everything whatever `body` does.
    ///
    /// - Parameters:
    ///   - user: The login name; it must exist.
    ///   - options: Further lines of `sshd_config`; they win over the usual ones.
    ///   - body: Uses it.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws, or ``Failure`` with sshd's log.
    package static func with<Value>(
        user: String = NSUserName(),
        options: [String] = [],
        _ body: (LoopbackSSHD) async throws -> Value
    ) async throws -> Value {
        let server = try await start(user: user, options: options)
        defer { server.stop() }
        return try await body(server)
    }

    private static func start(user: String, options: [String]) async throws -> LoopbackSSHD {
        // Another program may take the free port first: then with the next one.
        for _ in 0..<5 {
            let server = try LoopbackSSHD(user: user, options: options)
            if try await server.answers() { return server }
            let log = server.log
            server.stop()
            guard log.contains("in use") else {
                throw Failure(description: "sshd does not start: \(log)")
            }
        }
        throw Failure(description: "sshd finds no free port")
    }

    private init(user: String, options: [String]) throws {
        folder = FileManager.default.temporaryDirectory
            .appending(path: "loopback-sshd-\(UUID().uuidString)")
        self.user = user
        port = try Self.freePort()
        do {
            try Self.prepare(folder, port: port, options: options)
            // The shell ends sshd when its input does: also when the tests crash.
            server = Process()
            input = Pipe()
            server.executableURL = URL(filePath: "/bin/sh")
            server.arguments = [
                "-c", #""$@" & pid=$!; read -r line; kill "$pid" 2>/dev/null; wait"#, "sh",
                "/usr/sbin/sshd", "-D", "-f", folder.appending(path: "sshd_config").path,
                "-E", folder.appending(path: "log").path,
            ]
            server.standardInput = input
            try Self.withNoSignalBlocked { try server.run() }
        } catch {
            // What is left is an empty folder at worst.
            try? FileManager.default.removeItem(at: folder)
            throw error
        }
    }

    private static func prepare(_ folder: URL, port: UInt16, options: [String]) throws {
        let files = FileManager.default
        // sshd insists on its folder for privilege separation.
        if getuid() == 0 {
            try files.createDirectory(
                atPath: "/run/sshd",
                withIntermediateDirectories: true
            )
        }
        // Others may pass through, so that sshd reads the keys of any user.
        try files.createDirectory(
            at: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o711]
        )
        for name in ["host_key", "identity"] {
            try run(
                "ssh-keygen",
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-f",
                folder.appending(path: name).path
            )
        }
        let config =
            options + [
                "Port \(port)", "ListenAddress 127.0.0.1", "ListenAddress ::1",
                "HostKey \(folder.appending(path: "host_key").path)",
                "AuthorizedKeysFile \(folder.appending(path: "identity.pub").path)",
                "PidFile \(folder.appending(path: "pid").path)",
                "UsePAM no", "UseDNS no", "StrictModes no", "PermitRootLogin yes",
                "PasswordAuthentication no", "KbdInteractiveAuthentication no",
                // Bash takes itself for a nested one, and reads no start-up file.
                "SetEnv SHLVL=5", "Subsystem sftp internal-sftp", "LogLevel VERBOSE",
            ]
        try config.joined(separator: "\n").appending("\n")
            .write(to: folder.appending(path: "sshd_config"), atomically: true, encoding: .utf8)
        let key = try String(contentsOf: folder.appending(path: "host_key.pub"), encoding: .utf8)
        let hosts = ["127.0.0.1", "::1", "localhost"].map { "[\($0)]:\(port) \(key)" }
        try hosts.joined()
            .write(to: folder.appending(path: "known_hosts"), atomically: true, encoding: .utf8)
    }

    /// Waits until it accepts connections; false if it ended instead.
    private func answers() async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            // First: on a busy machine this task may sleep beyond the limit, and sshd be there meanwhile.
            let said = log
            // Where another program took the port of one address alone, sshd is content with the other.
            if said.contains("fatal") || said.contains("in use") { return false }
            if said.contains("Server listening on 127.0.0.1") { return true }
            guard server.isRunning, ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Ends it with all connections, and removes its folder.
    private func stop() {
        killAll()
        // The shell may have gone already.
        try? input.fileHandleForWriting.close()
        kill(server.processIdentifier, SIGKILL)
        server.waitUntilExit()
        // Nothing else knows of the folder, so a rest of it harms nobody.
        try? FileManager.default.removeItem(at: folder)
    }

    /// Kills sshd and the processes of its connections with KILL, as a dying machine would.
    package func killAll() {
        let processes = ProcessTable.current()
        // Connections first: one that outlives its command would still tell how that ended.
        signalConnections(SIGKILL)
        for process in processes.descendants(of: server.processIdentifier) {
            kill(process, SIGKILL)
        }
    }

    /// Sends a signal to the processes of its connections, but neither to sshd nor to commands.
    package func signalConnections(_ signal: Int32) {
        let processes = ProcessTable.current()
        for process in processes.descendants(of: server.processIdentifier)
        where processes.commandLine(of: process).hasPrefix("sshd: ")
            && !processes.commandLine(of: process).contains("[listener]")
        {
            kill(process, signal)
        }
    }

    /// Runs `body` with no signal blocked on this thread, which the processes it starts inherit.
    ///
    /// Threads that run Swift tasks on Linux block all signals that can be blocked, TERM and CHLD
    /// among them, and `Process` does not undo it.
    package static func withNoSignalBlocked<Value>(_ body: () throws -> Value) rethrows -> Value {
        var (none, usual) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &usual)
        defer { pthread_sigmask(SIG_SETMASK, &usual, nil) }
        return try body()
    }

    /// A loopback port that was free just now.
    package static func freePort() throws -> UInt16 {
        let (socket, port) = try LoopbackSocket.bound()
        close(socket)
        return port
    }

    /// Runs a program and waits for it; throws unless it returns 0.
    package static func run(_ words: String...) throws { try run(words) }

    /// Runs a program and waits for it; throws unless it returns 0.
    package static func run(_ words: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.standardInput = FileHandle.nullDevice
        try withNoSignalBlocked { try process.run() }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(words) failed with \(process.terminationStatus)")
        }
    }
}
