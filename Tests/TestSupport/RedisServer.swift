internal import Foundation

/// A real `redis-server` on a free loopback port, in a temporary folder; ends with the test.
package final class RedisServer: Sendable {
    /// The port that it serves.
    package let port: Int
    private let process: ChildProcess
    private let folder: URL

    /// The loopback address that it serves.
    package let host: String

    /// Starts a server and waits until it answers; on `port` if one is given.
    ///
    /// With a `host` of its own its cluster port is the usual one, 10000 above `port`.
    package static func start(
        cluster: Bool = false,
        host: String = "127.0.0.1",
        port: Int? = nil
    ) async throws -> RedisServer {
        // Another process may take a free port first: then the server ends, and the next is tried.
        for _ in 0..<5 {
            let server = try RedisServer(cluster: cluster, host: host, port: port)
            try await ChildProcess.waitFor("redis-server on \(server.port)") {
                server.process.poll() != nil || server.answers
            }
            if server.process.poll() == nil { return server }
        }
        throw ChildProcess.Failure(description: "no redis-server could be started")
    }

    /// Starts servers that form a cluster, with all hash slots served.
    ///
    /// - Parameters:
    ///   - count: How many servers in all.
    ///   - replicas: How many replicas each server with hash slots has; the replicas come last.
    /// - Returns: The servers in the order in which they joined.
    /// - Throws: ``ChildProcess/Failure`` if the cluster does not come about within a minute.
    package static func startCluster(
        of count: Int = 3,
        replicas: Int = 0
    ) async throws -> [RedisServer] {
        var servers: [RedisServer] = []
        for _ in 0..<count { servers.append(try await start(cluster: true)) }
        let addresses = servers.map { "127.0.0.1:\($0.port)" }
        let words =
            ["redis-cli", "--cluster", "create"] + addresses + ["--cluster-yes"]
            + ["--cluster-replicas", "\(replicas)"]
        let creation = try ChildProcess(words)
        guard try await creation.wait() == .exit(0) else {
            throw ChildProcess.Failure(description: creation.output + creation.errors)
        }
        for server in servers {
            try await ChildProcess.waitFor("the cluster's state") {
                try server.ask("cluster", "info").contains("cluster_state:ok")
            }
        }
        for server in servers.suffix(replicas * count / (replicas + 1)) {
            try await ChildProcess.waitFor("a replica") {
                try server.ask("info", "replication").contains("master_link_status:up")
            }
        }
        return servers
    }

    private init(cluster: Bool, host: String, port wanted: Int?) throws {
        self.host = host
        port = try wanted ?? Self.freePort()
        folder = try ChildProcess.temporaryFolder()
        var words = ["redis-server", "--port", "\(port)", "--bind", host]
        words += ["--dir", folder.path, "--save", "", "--appendonly", "no"]
        if cluster {
            words += ["--cluster-enabled", "yes"]
            if host == "127.0.0.1" {
                words += ["--cluster-port", "\(try Self.freePort())"]
            } else {
                // Its connections come from 127.0.0.1, which others would take for its address.
                words += ["--cluster-announce-ip", host]
            }
            words += ["--cluster-node-timeout", "2000"]
        }
        process = try ChildProcess(words)
    }

    deinit {
        process.send(SIGKILL)
        // Nothing is lost if the folder of a test stays.
        try? FileManager.default.removeItem(at: folder)
    }

    /// The address as a command takes it.
    package var address: String { "\(host):\(port)" }

    /// Sends the server a signal, such as `SIGSTOP`.
    package func send(_ signal: Int32) { process.send(signal) }

    /// Runs `redis-cli` with these words and returns what it prints; takes at most some seconds.
    @discardableResult
    package func ask(_ words: String...) throws -> String { try ask(words) }

    /// Sends these commands over one connection, in order, and returns what `redis-cli` prints.
    @discardableResult
    package func tell(_ lines: [String], password: String) throws -> String {
        try ask([], input: (["auth \(password)"] + lines).map { $0 + "\n" }.joined())
    }

    /// Runs `redis-cli` with these words and this input, and returns what it prints; takes at most some seconds.
    @discardableResult
    package func ask(_ words: [String], input: String = "") throws -> String {
        let command = Process()
        command.executableURL = URL(filePath: "/usr/bin/env")
        command.arguments = ["redis-cli", "-h", host, "-p", "\(port)"] + words
        let output = Pipe()
        command.standardOutput = output
        command.standardError = output
        let source = Pipe()
        command.standardInput = source
        try command.run()
        try source.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try source.fileHandleForWriting.close()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        command.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    /// Ends the server at once, and waits until it has.
    package func kill() async throws {
        process.send(SIGKILL)
        _ = try await process.wait()
    }

    /// How often the server has carried out a command since its counters were reset.
    package func calls(_ command: String) throws -> Int {
        let prefix = "cmdstat_\(command):calls="
        for line in try ask("info", "commandstats").split(whereSeparator: \.isNewline)
        where line.hasPrefix(prefix) {
            return Int(line.dropFirst(prefix.count).prefix { $0.isNumber }) ?? 0
        }
        return 0
    }

    private var answers: Bool {
        // While it does not answer, redis-cli prints why.
        (try? ask("ping"))?.hasPrefix("PONG") == true
    }

    private static func freePort() throws -> Int {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(file, pointer, length) == 0 ? getsockname(file, pointer, &length) : -1
            }
        }
        guard result == 0 else { throw ChildProcess.Failure(description: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
