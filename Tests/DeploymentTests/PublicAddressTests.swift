import DeploymentState
import Shell
import Testing

@testable import Deployment

@Suite("addresses that services listen on")
struct PublicAddressTests {
    @Test(
        "are private, whatever the block",
        arguments: [
            "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1",
            "100.64.0.1", "198.18.0.10", "198.19.255.1", "127.0.0.1", "169.254.3.4", "::1",
            "fd12::1",
            "fe80::1", "::ffff:10.0.0.1",
        ]
    )
    func inside(address: String) throws {
        #expect(try Node.made("server-0", address: address).hasPrivateAddress)
    }

    @Test(
        "are not those of the internet, nor names",
        arguments: [
            "9.255.255.255", "11.0.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1", "100.128.0.1",
            "198.20.0.1", "54.171.1.2", "0.0.0.0", "::", "2001:db8::1", "::ffff:54.171.1.2", "node",
            "10.0.0", "10.0.0.1.example.com",
        ]
    )
    func outside(address: String) throws {
        #expect(try !Node.made("server-0", address: address).hasPrivateAddress)
    }

    @Test("if they are public, nothing is installed, and the error says where and what to do")
    func refused() async throws {
        try await withScripted(
            ["server-0", "server-1", "client-0"],
            addresses: ["54.171.1.2", "198.18.0.11", "54.171.1.4"]
        ) { deployment, remotes in
            let text = """
                client-0: its private address "54.171.1.4" is public
                server-0: its private address "54.171.1.2" is public
                the database and the exporters would answer everybody who reaches it: have the template \
                give a private_ip of a private network, or, if a firewall is in front, run \
                "swift run setup NAME --allow-public-addresses"
                """
            let error = await #expect(throws: PublicAddressError.self) {
                try await deployment.installSystem()
            }
            #expect(error?.description == text)
            let other = await #expect(throws: PublicAddressError.self) {
                try await deployment.installMonitoring()
            }
            #expect(other?.description == text)
            #expect(!remotes.contains { !$0.called.isEmpty })
        }
    }

    @Test("if they are public, services are installed when told to")
    func allowed() async throws {
        try await withScripted(["server-0"], addresses: ["54.171.1.2"]) { _, call in
            RemoteResult(output: call.command.text.contains("stat ") ? "redis:redis 0640\n" : "")
        } _: { deployment, remotes in
            try await deployment.installSystem(onPublicAddresses: true)
            #expect(!remotes[0].called.isEmpty)
        }
    }
}
