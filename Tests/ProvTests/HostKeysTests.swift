import DeploymentState
import Testing

@testable import Prov

@Suite("Host keys")
struct HostKeysTests {
    private static func fixture(_ name: String) throws -> String {
        try Files.read("\(Files.split(#filePath).directory)/Fixtures/\(name)")
    }

    private static func keys() throws -> [String] {
        try fixture("console-keys.txt").split(separator: "\n").map(String.init)
    }

    private func node(_ name: String, hostKey: String? = nil) throws -> Node {
        try #require(
            Node(name: name, publicIP: "h", privateIP: "h", user: "u", hostKey: hostKey)
        )
    }

    @Test("are read between cloud-init's markers, as consoles of Ubuntu and Amazon Linux show them")
    func consoles() throws {
        let keys = try Self.keys()
        #expect(ConsoleKeys.keys(in: try Self.fixture("console-ubuntu.txt")) == keys)
        let amazon = try Self.fixture("console-amazon-linux.txt")
        #expect(ConsoleKeys.keys(in: amazon) == Array(keys.prefix(2)))
    }

    @Test("are none as long as the last of them has not been printed")
    func unfinished() throws {
        let whole = try Self.fixture("console-ubuntu.txt")
        for marker in ["-----END SSH HOST KEY KEYS", "-----BEGIN SSH HOST KEY KEYS"] {
            let parts = whole.split(separator: marker, maxSplits: 1)
            #expect(ConsoleKeys.keys(in: String(parts[0])) == [], "up to \(marker)")
        }
        #expect(ConsoleKeys.keys(in: "") == [])
    }

    @Test("of a later boot count, and what stands outside of the markers does not")
    func later() throws {
        let keys = try Self.keys()
        func block(_ lines: [String]) -> String {
            (["-----BEGIN SSH HOST KEY KEYS-----"] + lines + [
                "-----END SSH HOST KEY KEYS-----", "",
            ])
            .joined(separator: "\r\n")
        }
        let text = keys[2] + "\r\n" + block([keys[0]]) + keys[2] + "\r\n" + block([keys[1]])
        #expect(ConsoleKeys.keys(in: text) == [keys[1]])
        #expect(
            ConsoleKeys.keys(
                in: block(["ssh-ed25519 short", "ssh-dss " + keys[1].split(separator: " ")[1]])
            ) == []
        )
    }

    @Test("are taken where console and machine agree: the best of both, and known ones stay")
    func agreement() throws {
        let keys = try Self.keys()
        let nodes = [try node("server-0"), try node("server-1", hostKey: "ssh-rsa K")]
        let told = ["server-0": keys]
        let complete = try HostKeys.completed(
            nodes,
            told: told,
            shown: ["server-0": [keys[2], keys[0]]]
        )
        #expect(complete.map(\.hostKey) == [keys[0], "ssh-rsa K"])
        let unseen = try HostKeys.completed(nodes, told: nil, shown: ["server-0": [keys[1]]])
        #expect(unseen[0].hostKey == keys[1])
    }

    @Test("that a machine shows and its console does not have are refused, with all such machines")
    func disagreement() throws {
        let keys = try Self.keys()
        let nodes = [try node("server-0"), try node("server-1"), try node("server-2")]
        let error = HostKeyError.otherKey(nodes: ["server-0", "server-2"])
        #expect(throws: error) {
            try HostKeys.completed(
                nodes,
                told: ["server-0": [keys[0]], "server-1": keys, "server-2": []],
                shown: ["server-0": [keys[1]], "server-1": [keys[1]], "server-2": [keys[1]]]
            )
        }
        #expect("\(error)".hasPrefix("server-0 server-2: shows another host key than"))
    }
}
