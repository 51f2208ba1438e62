import Engine
import Foundation
import HTTP
import Scenario
import ScenarioSupport
import TestSupport
import Testing

@Suite("Connections by TLS", .timeLimit(.minutes(2)))
struct TLSTests {
    private let authority: TestAuthority

    init() async throws { authority = try await TestAuthority() }

    /// nginx with a certificate for `names`.
    private func nginx(
        for names: String = "DNS:shop.test,IP:127.0.0.1",
        days: Int = 2,
        _ settings: String = ""
    ) async throws -> NginxServer {
        let identity = try await authority.identity(for: names, days: days)
        let folder = try TemporaryFolder()
        try folder.write("hello\n", to: "root/index.html")
        try folder.write(String(repeating: "0123456789", count: 500_000), to: "root/large")
        return try await NginxServer.start(
            """
            ssl_certificate \(identity.certificate);
            ssl_certificate_key \(identity.key);
            location /protocol { return 200 $ssl_protocol/$ssl_server_name; }
            location /echo { echo_read_request_body; echo_request_body; }
            \(settings)
            """,
            listening: "ssl",
            folder: folder
        )
    }

    /// What `/` has for a client that trusts `security`.
    private func welcome(_ address: String, _ security: Security) throws -> [String] {
        let place = try Address(address)
        return try runUsers { user, notes in
            let client = HTTPClient(user, place, security: security)
            notes.words.append(try await client.get("/").text)
        }
    }

    @Test("carry requests both ways, large ones too", arguments: ["TLSv1.2", "TLSv1.3"])
    func whole(version: String) async throws {
        let server = try await nginx("ssl_protocols \(version);")
        let address = try Address(server.address)
        let security = try Security(authorities: authority.certificate, name: "shop.test")
        let words = try runUsers { user, notes in
            let client = HTTPClient(user, address, security: security, host: "shop.test")
            notes.words.append(try await client.get("/").text)
            notes.words.append(try await client.get("/protocol").text)
            #expect(try await client.get("/large").body.count == 5_000_000)
            let long = String(repeating: "long ", count: 200_000)
            #expect(try await client.post("/echo", long).text == long)
        }
        #expect(words == ["hello\n", "\(version)/shop.test"])
    }

    @Test("to an address in figures ask for that address")
    func figures() async throws {
        let security = try Security(authorities: authority.certificate)
        let server = try await nginx()
        #expect(try welcome(server.address, security) == ["hello\n"])
        let other = try await nginx(for: "DNS:127.0.0.1,IP:127.0.0.2")
        #expect(
            try welcome(other.address, security) == [
                "\(other.address): TLS: the certificate of \"127.0.0.1\" is refused: IP address mismatch"
            ]
        )
    }

    @Test("to a server of another name are refused")
    func wrongName() async throws {
        let server = try await nginx()
        let security = try Security(authorities: authority.certificate, name: "bank.test")
        #expect(
            try welcome(server.address, security) == [
                "\(server.address): TLS: the certificate of \"bank.test\" is refused: hostname mismatch"
            ]
        )
    }

    @Test("to a server whose certificate has expired are refused")
    func expired() async throws {
        let server = try await nginx(days: -1)
        let security = try Security(authorities: authority.certificate, name: "shop.test")
        #expect(
            try welcome(server.address, security) == [
                "\(server.address): TLS: the certificate of \"shop.test\" is refused: certificate has expired"
            ]
        )
    }

    @Test("to a server that nobody vouches for are refused, unless anybody is asked for")
    func untrusted() async throws {
        let server = try await nginx()
        let refusal =
            "\(server.address): TLS: the certificate of \"shop.test\" is refused: unable to get local issuer certificate"
        #expect(try welcome(server.address, Security(name: "shop.test")) == [refusal])
        let other = try await TestAuthority()
        #expect(
            try welcome(
                server.address,
                Security(authorities: other.certificate, name: "shop.test")
            ) == [refusal]
        )
        #expect(try welcome(server.address, .unverified(name: "any.test")) == ["hello\n"])
    }

    @Test("to a server that speaks no TLS say so")
    func plain() async throws {
        let server = try await NginxServer.start("location / { return 200; }")
        let words = try welcome(server.address, .unverified())
        #expect(words == ["\(server.address): TLS: wrong version number"])
    }

    @Test("to a server that says nothing end at their time")
    func silent() throws {
        let server = try SilentListener()
        let address = try Address("127.0.0.1:\(server.port)")
        let words = try runUsers { user, _ in
            _ = try await user.connect(
                to: address,
                security: .unverified(),
                within: .milliseconds(50)
            )
        }
        #expect(words == ["\(address): timed out"])
    }

    @Test("that a network cuts off or changes are errors, wherever it does")
    func network() async throws {
        let server = try await nginx()
        let security = try Security(authorities: authority.certificate, name: "shop.test")
        let cases: [(Relay.Fate, String)] = [
            (.cut(after: 0), "the connection ended before TLS stood"),
            (.cut(after: 100), "the connection ended before TLS stood"),
            (
                .cut(after: 1_000_000),
                "the connection ended without TLS's goodbye: what it said may be cut off"
            ),
            (.changed(at: 1_000_000), "TLS: decryption failed or bad record mac"),
        ]
        for (fate, problem) in cases {
            let words = try runUsers { user, notes in
                let relay = try Relay(to: server.address, fate, on: user.loop)
                defer { relay.close() }
                let address = try Address("127.0.0.1:\(relay.port)")
                let client = HTTPClient(user, address, security: security)
                do { _ = try await client.get("/large") } catch {
                    notes.words.append("\(error)".replacing("\(address): ", with: ""))
                }
            }
            #expect(words == [problem])
        }
    }

    @Test("end with a goodbye of both sides")
    func goodbye() async throws {
        let server = try await nginx("ssl_protocols TLSv1.2;")
        let security = try Security(authorities: authority.certificate, name: "shop.test")
        let place = try Address(server.address)
        let words = try runUsers { user, notes in
            // The server's: what it said is whole.
            let connection = try await user.connect(to: place, security: security)
            try await connection.write("GET / HTTP/1.0\r\n\r\n")
            var text = ""
            while true {
                let bytes = try await connection.read(upTo: 7, within: .seconds(20))
                if bytes.isEmpty { break }
                text += String(decoding: bytes, as: UTF8.self)
            }
            // Also when it is asked again.
            #expect(try await connection.read() == [])
            notes.words.append(text.hasSuffix("\r\n\r\nhello\n") ? "whole" : text)
            // The client's, as the last record of the connection.
            let relay = try Relay(to: server.address, .whole, on: user.loop)
            defer { relay.close() }
            let address = try Address("127.0.0.1:\(relay.port)")
            let client = HTTPClient(user, address, security: security)
            _ = try await client.get("/")
            #expect(relay.recordTypes.last == 23)
            client.close()
            while relay.recordTypes.last != 21 { try await user.sleep(for: .milliseconds(1)) }
        }
        #expect(words == ["whole"])
    }

    @Test("carry lines of many users at once")
    func lines() async throws {
        let identity = try await authority.identity(for: "DNS:shop.test")
        let port = try LoopbackSSHD.freePort()
        // It sends each line back from its end to its beginning, one client after the other.
        let server = try ChildProcess([
            "openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-rev", "-cert",
            identity.certificate, "-key", identity.key,
        ])
        try await ChildProcess.waitFor("s_server") { server.output.contains("ACCEPT") }
        let address = try Address("127.0.0.1:\(port)")
        let security = try Security(authorities: authority.certificate, name: "shop.test")
        let words = try runUsers(20) { user, notes in
            let connection = try await user.connect(
                to: address,
                security: security,
                within: .seconds(50)
            )
            defer { connection.close() }
            try connection.put(Array("user \(user.id)\n".utf8))
            try await connection.write("and\n")
            let first = try await connection.readLine() ?? ""
            let second = try await connection.readLine() ?? ""
            if first == String("user \(user.id)".reversed()), second == "dna" {
                notes.words.append("mine")
            }
        }
        #expect(words == Array(repeating: "mine", count: 20))
    }

    @Test("trust no file that cannot be read, and ask for no name that is none")
    func wrongSettings() throws {
        let missing = #expect(throws: (any Error).self) { try Security(authorities: "/nowhere") }
        #expect(
            missing.map { "\($0)" }?.hasPrefix(
                "/nowhere: no certificates of authorities can be read: "
            ) == true
        )
    }
}
