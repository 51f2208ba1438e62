import SSH
import TestSupport

extension LoopbackSSHD {
    /// It as a target, under the name of a node.
    func target(
        name: String = "server-0",
        host: String = "127.0.0.1",
        port: UInt16? = nil,
        user: String? = nil,
        identityFile: String? = nil,
        knownHostsFile: String? = nil,
        sendBuffer: Int32? = nil
    ) -> SSHTarget {
        SSHTarget(
            name: name,
            host: host,
            port: port ?? self.port,
            user: user ?? self.user,
            identityFile: identityFile ?? self.identityFile,
            knownHostsFile: knownHostsFile ?? self.knownHostsFile,
            sendBuffer: sendBuffer
        )
    }

    /// Connects to one of its own, and closes the connection after `body`.
    static func connected<Value>(
        options: [String] = [],
        keepalive: Keepalive = Keepalive(),
        _ body: (SSHConnection, LoopbackSSHD) async throws -> Value
    ) async throws -> Value {
        try await with(options: options) { server in
            let connection = try await SSHConnection.connect(
                to: server.target(),
                timeout: .seconds(30),
                keepalive: keepalive
            )
            let result: Result<Value, any Error>
            do {
                result = .success(try await body(connection, server))
            } catch {
                result = .failure(error)
            }
            await connection.close()
            return try result.get()
        }
    }
}

extension ExecutionResult {
    var text: String { String(decoding: stdout, as: UTF8.self) }
    var errorText: String { String(decoding: stderr, as: UTF8.self) }
}
