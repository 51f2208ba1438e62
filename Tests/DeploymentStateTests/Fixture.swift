import FoundationEssentials
import Glibc
import Testing

@testable import DeploymentState

/// A temporary directory that is removed when `body` ends.
func withTemporaryDirectory<T>(_ body: (String) throws -> T) throws -> T {
    var template = Array("/tmp/inventory-test-XXXXXX".utf8CString)
    let path = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer { try? Files.remove(path) }  // what is left lies in /tmp
    return try body(path)
}

enum Fixture {
    /// Nodes whose values try the quoting.
    static func nodes() throws -> [Node] {
        try [
            #require(
                Node(
                    name: "server-10",
                    publicIP: "198.18.0.12",
                    privateIP: "10.0.0.12",
                    user: "root",
                    port: 2222,
                    vars: ["rack": "it's \"here\" # or \\there", "empty": "", "a": "x=y z"]
                )
            ),
            #require(
                Node(
                    name: "server-0",
                    publicIP: "198.18.0.2",
                    privateIP: "10.0.0.2",
                    user: "root",
                    hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA+/=="
                )
            ),
            #require(
                Node(name: "monitor-0", publicIP: "fd00::1", privateIP: "fd00::2", user: "prov")
            ),
            #require(
                Node(name: "client-0", publicIP: "198.18.0.5", privateIP: "10.0.0.5", user: "u")
            ),
            #require(
                Node(name: "server-2", publicIP: "198.18.0.4", privateIP: "10.0.0.4", user: "root")
            ),
        ]
    }

    static func record(_ name: String, status: DeploymentRecord.Status) -> DeploymentRecord {
        DeploymentRecord(
            name: name,
            id: "0123abcd",
            template: "/templates/local",
            configs: [.init(path: "/configs/local.yml", digest: "00ff")],
            createdAt: .init(timeIntervalSince1970: 1_800_000_000),
            createdBy: "me@here",
            status: status,
            identity: "id_ed25519",
            terraform: "/usr/bin/terraform"
        )
    }
}
