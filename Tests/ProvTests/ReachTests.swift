import DeploymentState
import Testing
import TestSupport

@testable import Prov

@Suite("Which nodes answer")
struct ReachTests {
    /// A node at a loopback port.
    private static func node(_ name: String, port: UInt16) throws -> Node {
        try #require(
            Node(
                name: name,
                publicIP: "127.0.0.1",
                privateIP: "127.0.0.1",
                user: "prov",
                port: Int(port)
            )
        )
    }

    @Test("is where an SSH server says its version, and nowhere else")
    func answering() async throws {
        let words = [
            "ssh-0": "SSH-2.0-OpenSSH_9.2\r\n",
            "notice-0": "Only for those who may.\r\nSSH-2.0-x\r\n",
            "web-0": "HTTP/1.1 400 Bad Request\r\n\r\nnot SSH-2.0\r\n",
            "noise-0": String(repeating: "x", count: 10_000) + "\nSSH-2.0-x\r\n",
            "gone-0": "",
        ]
        let servers = try words.mapValues { try TalkingListener(saying: $0) }
        let silent = try SilentListener()
        var nodes = try servers.map { try Self.node($0.key, port: $0.value.port) }
        nodes.append(try Self.node("silent-0", port: silent.port))
        let answering = await Reach.answering(nodes, within: .seconds(2))
        #expect(answering == ["ssh-0", "notice-0"])
    }
}
