import Foundation
import SSH
import TestSupport
import Testing

@Suite("a failed connect", .timeLimit(.minutes(2)))
struct ConnectErrorTests {
    /// One way to fail, and what is said of it; `%` stands for the server's folder, `#` for its port.
    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        var prepare: @Sendable (LoopbackSSHD, SSHTarget) throws -> SSHTarget = { $1 }
        let reason: SSHError.Reason
        let text: String
        var testDescription: String { name }
    }

    static let faults: [Fault] = [
        Fault(
            name: "unknown host name",
            prepare: { server, _ in server.target(host: "no-such-host.invalid") },
            reason: .hostNameUnknown,
            text: "connect to no-such-host.invalid:#: no address for \"no-such-host.invalid\": "
        ),
        Fault(
            name: "nobody listens",
            prepare: { server, _ in try server.target(port: LoopbackSSHD.freePort()) },
            reason: .connectionRefused,
            text: "connection refused; is sshd running, and on this port?"
        ),
        Fault(
            name: "unknown host key",
            prepare: { server, _ in
                let key = try String(contentsOfFile: server.identityFile + ".pub", encoding: .utf8)
                let hosts = try server.file("other_hosts", "other \(key)")
                return server.target(knownHostsFile: hosts)
            },
            reason: .hostKeyUnknown,
            text: "connect to 127.0.0.1:#: no key of \"[127.0.0.1]:#\" is in \"%/other_hosts\";"
                + " if SHA256:"
        ),
        Fault(
            name: "host key known for another port",
            prepare: { server, _ in
                let key = try String(contentsOfFile: server.knownHostsFile, encoding: .utf8)
                    .replacing("]:\(server.port) ", with: "]:1 ")
                return try server.target(knownHostsFile: server.file("other_hosts", key))
            },
            reason: .hostKeyUnknown,
            text: "no key of \"[127.0.0.1]:#\" is in \"%/other_hosts\";"
        ),
        Fault(
            name: "changed host key",
            prepare: { server, _ in
                let key = try String(contentsOfFile: server.identityFile + ".pub", encoding: .utf8)
                let line = "[127.0.0.1]:\(server.port) \(key)"
                return try server.target(knownHostsFile: server.file("other_hosts", line))
            },
            reason: .hostKeyChanged,
            text: "differs from the one in \"%/other_hosts\": another machine, or an attack;"
        ),
        Fault(
            name: "no known hosts",
            prepare: { server, _ in server.target(knownHostsFile: "/no/hosts") },
            reason: .knownHostsUnreadable,
            text: "read known hosts \"/no/hosts\": no such file or directory"
        ),
        Fault(
            name: "folder of known hosts",
            prepare: { server, _ in server.target(knownHostsFile: "/tmp") },
            reason: .knownHostsUnreadable,
            text: "read known hosts \"/tmp\": is not a regular file"
        ),
        Fault(
            name: "key that is not authorized",
            prepare: { server, _ in try server.target(identityFile: server.key("ed25519")) },
            reason: .authenticationRefused,
            text: "connect to 127.0.0.1:#: the server refused the key \"%/key-ed25519\" for user"
        ),
        Fault(
            name: "unknown user",
            prepare: { server, _ in server.target(user: "nobody-of-this-name") },
            reason: .authenticationRefused,
            text: "for user \"nobody-of-this-name\"; is its public half in that user's"
        ),
        Fault(
            name: "missing identity",
            prepare: { server, _ in server.target(identityFile: "/no/key") },
            reason: .identityMissing,
            text: "read identity file \"/no/key\": no such file; make one with ssh-keygen"
        ),
        Fault(
            name: "RSA identity",
            prepare: { server, _ in try server.target(identityFile: server.key("rsa")) },
            reason: .identityIsRSA,
            text: "read identity file \"%/key-rsa\": RSA keys are signed with SHA-1 here, which"
                + " sshd refuses; use an ed25519 key"
        ),
        Fault(
            name: "RSA identity in PEM",
            prepare: { server, _ in
                try server.target(identityFile: server.key("rsa", "-m", "PEM"))
            },
            reason: .identityIsRSA,
            text: "use an ed25519 key"
        ),
        Fault(
            name: "encrypted identity",
            prepare: { server, _ in
                try server.target(identityFile: server.key("ed25519", passphrase: "word"))
            },
            reason: .identityEncrypted,
            text: "read identity file \"%/key-ed25519\": the key is encrypted; use one without a"
        ),
        Fault(
            name: "public key as identity",
            prepare: { server, _ in server.target(identityFile: server.identityFile + ".pub") },
            reason: .identityInvalid,
            text: "is no private key; name the file that ssh-keygen wrote without .pub"
        ),
        Fault(
            name: "damaged identity",
            prepare: { server, _ in
                let text = try String(contentsOfFile: server.identityFile, encoding: .utf8)
                let damaged = text.split(separator: "\n").enumerated()
                    .filter { $0.offset != 1 }.map(\.element).joined(separator: "\n")
                return try server.target(identityFile: server.file("damaged", damaged))
            },
            reason: .identityInvalid,
            text: "read identity file \"%/damaged\": the key is damaged; copy it anew"
        ),
    ]

    @Test("says what is wrong and what helps", arguments: faults)
    func fault(_ fault: Fault) async throws {
        try await LoopbackSSHD.with { server in
            let target = try fault.prepare(server, server.target())
            let error = await #expect(throws: SSHError.self) {
                try await SSHConnection.connect(to: target, timeout: .seconds(30))
            }
            #expect(error?.reason == fault.reason)
            let text = fault.text.replacing("%", with: server.folder.path)
                .replacing("#", with: String(server.port))
            let description = try #require(error?.description)
            #expect(description.hasPrefix("server-0: "))
            #expect(description.contains(text), "\(description)")
        }
    }

    @Test("times out when nothing answers")
    func timeout() async throws {
        let listener = try SilentListener()
        try await LoopbackSSHD.with { server in
            let error = await #expect(throws: SSHError.self) {
                try await SSHConnection.connect(
                    to: server.target(port: listener.port),
                    // On a busy machine the connection itself takes a part of it.
                    timeout: .seconds(3)
                )
            }
            #expect(error?.reason == .timedOut)
            #expect(
                error?.description
                    == "server-0: connect to 127.0.0.1:\(listener.port): timed out after 3.0 seconds"
                    + " waiting for a banner; is it an SSH server?"
            )
        }
    }

    @Test("gives up on a server that drops every connection")
    func dropped() async throws {
        try await LoopbackSSHD.with(options: ["MaxStartups 1:100:1"]) { server in
            // A connection that never authenticates takes the only place.
            let holder = try SilentConnection(port: server.port)
            defer { holder.close() }
            let error = await #expect(throws: SSHError.self) {
                try await SSHConnection.connect(to: server.target(), timeout: .seconds(60))
            }
            #expect(error?.reason == .dropped)
            #expect(error?.message.contains("is its MaxStartups large enough?") == true)
        }
    }
}

extension LoopbackSSHD {
    /// Writes a file in its folder.
    fileprivate func file(_ name: String, _ text: String) throws -> String {
        let place = folder.appending(path: name)
        try Data((text + "\n").utf8).write(to: place)
        return place.path
    }

    /// Makes a private key in its folder.
    fileprivate func key(_ kind: String, _ options: String..., passphrase: String = "") throws
        -> String
    {
        let path = folder.appending(path: "key-\(kind)").path
        try Self.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-f", path] + options)
        return path
    }
}
