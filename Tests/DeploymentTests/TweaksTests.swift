import DeploymentState
import Shell
import Testing

@testable import Deployment

@Suite("Tweaks")
struct TweaksTests {
    private static let packaged = "bind 127.0.0.1\nport 6379\nappendonly no\nhz 10\n"

    /// What each server's file says beside what the deployment sets.
    private func tweaks(_ lines: [String: String]) async throws -> [String: [String: String]] {
        var found: [String: [String: String]] = [:]
        let servers = lines.keys.sorted()
        try await withScripted(servers) { node, call in
            if call.input.hasPrefix("# read the packaged") {
                return RemoteResult(output: Self.packaged)
            }
            guard call.command.text == "sudo -n cat /etc/redis/redis.conf" else {
                return RemoteResult()
            }
            let place = servers.firstIndex(of: node) ?? 0
            let made = try Node.made(node, address: "198.18.0.1\(place)")
            let words = (lines[node] ?? "").split(separator: " ").map(String.init)
            let text = try RedisCluster().configuration(
                "/etc/redis/redis.conf",
                from: Self.packaged,
                for: made,
                in: [made],
                settings: try Settings.parse(words)
            )
            return RemoteResult(output: text)
        } _: { deployment, _ in
            for (node, tweaks) in try await deployment.tweaks() { found[node.name] = tweaks }
        }
        return found
    }

    @Test("are what differs from the package and from what the deployment sets itself")
    func differences() async throws {
        #expect(try await tweaks(["server-0": ""]) == ["server-0": [:]])
        #expect(
            try await tweaks([
                "server-0": "hz=50 tls-key-file-pass=hunter2",
                "server-1": "appendonly= io-threads=4",
            ]) == [
                "server-0": ["hz": "50", "tls-key-file-pass": "[redacted]"],
                "server-1": ["appendonly": "", "io-threads": "4"],
            ]
        )
    }

    @Test("are listed behind those that were set just now, which are in them too")
    func lines() throws {
        let servers = [try Node.made("server-0"), try Node.made("server-1")]
        let set = ["hz": "50", "appendonly": ""]
        #expect(
            Settings.lines(
                of: set,
                beside: [
                    servers[0]: ["hz": "50", "appendonly": "", "io-threads": "4"],
                    servers[1]: ["hz": "50", "appendonly": "", "io-threads": "4", "list-max": ""],
                ]
            ) == [
                "appendonly removed", "hz 50", "io-threads 4  (set earlier)",
                "server-1: list-max removed  (set earlier)",
            ]
        )
        let same = ["hz": "50"]
        #expect(Settings.lines(of: same, beside: [servers[0]: same]) == ["hz 50"])
    }
}
