internal import Foundation

/// A real `mosquitto` on a free loopback port; ends with the test.
package final class MosquittoBroker: Sendable {
    /// The port that it serves.
    package let port: UInt16
    private let process: ChildProcess
    private let folder: TemporaryFolder

    /// Starts a broker and waits until it serves.
    ///
    /// - Parameters:
    ///   - user: Who may connect; anybody if `nil`.
    ///   - password: The password of that user.
    ///   - settings: Further lines of its configuration.
    /// - Returns: The broker.
    /// - Throws: ``ChildProcess/Failure`` if it does not start.
    package static func start(
        user: String? = nil,
        password: String = "",
        settings: [String] = []
    ) async throws -> MosquittoBroker {
        // Another process may take a free port first: then the broker ends, and the next is tried.
        for _ in 0..<5 {
            let broker = try await MosquittoBroker(user, password, settings)
            try await ChildProcess.waitFor("mosquitto on \(broker.port)") {
                broker.process.poll() != nil || broker.process.errors.contains(" running\n")
            }
            if broker.process.poll() == nil { return broker }
        }
        throw ChildProcess.Failure(description: "no mosquitto could be started")
    }

    private init(_ user: String?, _ password: String, _ settings: [String]) async throws {
        port = try LoopbackSSHD.freePort()
        folder = try TemporaryFolder()
        var lines = ["listener \(port) 127.0.0.1", "persistence false", "user root"]
        if let user {
            let file = folder.path + "/passwords"
            let making = try ChildProcess(["mosquitto_passwd", "-b", "-c", file, user, password])
            guard try await making.wait() == .exit(0) else {
                throw ChildProcess.Failure(description: making.output + making.errors)
            }
            lines += ["allow_anonymous false", "password_file \(file)"]
        } else {
            lines.append("allow_anonymous true")
        }
        let text = (lines + settings).map { $0 + "\n" }.joined()
        // It lies where only root's PATH leads.
        process = try ChildProcess([
            "/usr/sbin/mosquitto", "-c", try folder.write(text, to: "mosquitto.conf"),
        ])
    }

    deinit { process.send(SIGKILL) }

    /// Where clients find it.
    package var address: String { "127.0.0.1:\(port)" }

    /// Ends it at once, and waits until it has: nobody listens then.
    package func kill() async throws {
        process.send(SIGKILL)
        _ = try await process.wait()
    }

    /// Sends it a signal, such as `SIGSTOP`.
    package func send(_ signal: Int32) { process.send(signal) }
}
