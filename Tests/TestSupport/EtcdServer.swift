internal import Foundation

/// A real `etcd` of one member on a free loopback port, in a temporary folder; ends with the test.
package final class EtcdServer: Sendable {
    /// The port that it serves.
    package let port: UInt16
    private let process: ChildProcess
    private let folder: URL

    /// Starts a server and waits until it answers.
    package static func start() async throws -> EtcdServer {
        // Another process may take a free port first: then the server ends, and the next is tried.
        for _ in 0..<5 {
            let server = try EtcdServer()
            try await ChildProcess.waitFor("etcd on \(server.port)") {
                server.process.poll() != nil || server.process.errors.contains("ready to serve")
            }
            if server.process.poll() == nil { return server }
        }
        throw ChildProcess.Failure(description: "no etcd could be started")
    }

    private init() throws {
        port = try LoopbackSSHD.freePort()
        folder = try ChildProcess.temporaryFolder()
        let client = "http://127.0.0.1:\(port)"
        let peer = "http://127.0.0.1:\(try LoopbackSSHD.freePort())"
        process = try ChildProcess([
            "etcd", "--data-dir", folder.path + "/data", "--listen-client-urls", client,
            "--advertise-client-urls", client, "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=\(peer)",
        ])
    }

    deinit {
        process.send(SIGKILL)
        // Nothing is lost if the folder of a test stays.
        try? FileManager.default.removeItem(at: folder)
    }

    /// Where `bench load` finds it.
    package var address: String { "127.0.0.1:\(port)" }

    /// Sends it a signal.
    package func send(_ signal: Int32) { process.send(signal) }

    /// Asks by `etcdctl` and returns what it printed.
    package func ask(_ words: String...) async throws -> String {
        let call = try ChildProcess(["etcdctl", "--endpoints", address] + words)
        guard try await call.wait() == .exit(0) else {
            throw ChildProcess.Failure(description: call.output + call.errors)
        }
        return call.output
    }
}
