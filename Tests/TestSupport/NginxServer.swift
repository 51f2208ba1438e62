internal import Foundation

/// A real `nginx` on a free loopback port; ends with the test.
package final class NginxServer: Sendable {
    /// The port that it serves.
    package let port: UInt16
    /// Where its files are; `root` is the folder that it serves.
    package let folder: TemporaryFolder
    private let process: ChildProcess

    /// Starts a server and waits until it serves.
    ///
    /// - Parameters:
    ///   - settings: The lines of its only server, such as locations.
    ///   - listening: What stands behind the port, such as `ssl`.
    ///   - folder: Where its files are.
    /// - Returns: The server.
    /// - Throws: ``ChildProcess/Failure`` if it does not start.
    package static func start(
        _ settings: String,
        listening: String = "",
        folder: TemporaryFolder? = nil
    ) async throws -> NginxServer {
        try await start(folder: folder) { port, place in
            let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map { "\($0)_temp_path \(place)/\($0);" }.joined(separator: "\n")
            return """
                daemon off;
                pid \(place)/nginx.pid;
                load_module /usr/lib/nginx/modules/ngx_http_echo_module.so;
                events { worker_connections 1024; }
                http {
                    access_log \(place)/access.log;
                    \(temporary)
                    server {
                        listen 127.0.0.1:\(port) \(listening);
                        root \(place)/root;
                        \(settings)
                    }
                }
                """
        }
    }

    /// Starts a server with a configuration of its own, and waits until it serves.
    ///
    /// - Parameters:
    ///   - folder: Where its files are.
    ///   - configuration: Gets the port to listen on and the path of its folder, in which its `nginx.pid` must be.
    /// - Returns: The server.
    /// - Throws: ``ChildProcess/Failure`` if it does not start.
    package static func start(
        folder: TemporaryFolder? = nil,
        configuration: (_ port: UInt16, _ folder: String) throws -> String
    ) async throws -> NginxServer {
        // Another process may take a free port first: then the server ends, and the next is tried.
        for _ in 0..<5 {
            let server = try NginxServer(folder ?? TemporaryFolder(), configuration)
            // It writes its number when it listens.
            try await ChildProcess.waitFor("nginx on \(server.port)") {
                try server.process.poll() != nil || server.folder.names().contains("nginx.pid")
            }
            if server.process.poll() == nil { return server }
            guard server.process.errors.contains("bind() ") else {
                throw ChildProcess.Failure(description: server.process.errors)
            }
        }
        throw ChildProcess.Failure(description: "no nginx could be started")
    }

    private init(
        _ folder: TemporaryFolder,
        _ configuration: (UInt16, String) throws -> String
    ) throws {
        port = try LoopbackSSHD.freePort()
        self.folder = folder
        let file = try folder.write(configuration(port, folder.path), to: "nginx.conf")
        // It lies where only root's PATH leads. One process only, which a test can stop and end.
        process = try ChildProcess([
            "/usr/sbin/nginx", "-p", folder.path, "-c", file, "-e", "stderr", "-g",
            "master_process off;",
        ])
    }

    deinit { process.send(SIGKILL) }

    /// Where clients find it.
    package var address: String { "127.0.0.1:\(port)" }

    /// Sends it a signal, such as `SIGSTOP`.
    package func send(_ signal: Int32) { process.send(signal) }
}
