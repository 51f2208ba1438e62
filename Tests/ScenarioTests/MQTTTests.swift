import Bench
import Foundation
import Histogram
import JSON
import TestSupport
import Testing

@Suite("The scenario mqtt", .timeLimit(.minutes(3)))
struct MQTTTests {
    private let folder: TemporaryFolder
    private var trial: String { folder.path + "/trial" }

    init() throws { folder = try TemporaryFolder() }

    private func run(_ broker: String, users: Int, _ words: [String]) throws -> ChildProcess {
        try ChildProcess(
            [
                try Programs.path("mqtt"), "--users", "\(users)", "--user-rate", "200/s",
                "--trial", trial, "--set", "broker=\(broker)",
            ] + words
        )
    }

    @Test("users publish to each other, and their deliveries are measured", arguments: [0, 1])
    func whole(quality: Int) async throws {
        let broker = try await MosquittoBroker.start(user: "load", password: "s3cret")
        let password = try folder.write("s3cret\n", to: "password")
        let run = try run(
            broker.address,
            users: 41,
            [
                "--for", "3s", "--set", "login=load", "--set", "passwordFile=\(password)",
                "--set", "messageRate=6000", "--set", "quality=\(quality)",
            ]
        )
        _ = try await run.wait()
        let record = try JSON(parsing: folder.read("trial/trial.json"))
        // One has nobody to write to, and stays too.
        #expect(record["users"]?["removed"] == .integer(41), "\(run.output)\(run.errors)")
        #expect(record["failures"] == .object([]))
        let summary = try await Summary(of: [trial], invalidToo: true)
        let acknowledge = quality == 0 ? [] : ["acknowledge-rt", "acknowledge-st"]
        #expect(
            summary.tags.map(\.tag) == acknowledge + [
                "connect-st", "deliver-rt", "deliver-st", "subscribe-st",
            ]
        )
        for tag in summary.tags {
            #expect(tag.errors == 0, "\(tag.tag)")
            let isOnce = ["connect-st", "subscribe-st"].contains(tag.tag)
            #expect(isOnce ? tag.histogram.count == 41 : (50...301).contains(tag.histogram.count))
        }
        #expect(!(try folder.read("trial/trial.json")).contains("s3cret"))
    }

    @Test("over TLS everything is the same, and without it such a broker is not reached")
    func secured() async throws {
        let authority = try await TestAuthority()
        let identity = try await authority.identity(for: "IP:127.0.0.1")
        let broker = try await MosquittoBroker.start(settings: [
            "certfile \(identity.certificate)", "keyfile \(identity.key)",
        ])
        let run = try run(
            broker.address,
            users: 10,
            ["--for", "2s", "--set", "authorities=\(authority.certificate)"]
        )
        _ = try await run.wait()
        let summary = try await Summary(of: [trial], invalidToo: true)
        let deliver = try #require(summary.tags.first { $0.tag == "deliver-rt" })
        #expect(deliver.histogram.count > 50, "\(run.output)")
        #expect(deliver.errors == 0)
        let plain = try ChildProcess([
            try Programs.path("mqtt"), "--trial", folder.path + "/plain", "--set",
            "broker=\(broker.address)", "--users", "1", "--quiet",
        ])
        #expect(try await plain.wait() == .exit(1))
        #expect(plain.output.contains("1 users failed: \(broker.address): "), "\(plain.output)")
    }

    @Test("a broker that is killed ends its users, and what was under way has failed")
    func killed() async throws {
        let broker = try await MosquittoBroker.start()
        let run = try run(
            broker.address,
            users: 6,
            ["--set", "messageRate=60000", "--set", "quality=1"]
        )
        try await ChildProcess.waitFor("users") { run.output.contains(" s  users 6") }
        // What it is sent now, it does not pass on.
        broker.send(SIGSTOP)
        let lines = run.output.count
        try await ChildProcess.waitFor("two more seconds") { run.output.count > lines + 150 }
        broker.send(SIGKILL)
        #expect(try await run.wait() == .exit(1), "\(run.output)\(run.errors)")
        let record = try JSON(parsing: folder.read("trial/trial.json"))
        #expect(record["users"]?["failed"] == .integer(6), "\(run.output)")
        let summary = try await Summary(of: [trial], invalidToo: true)
        for name in ["deliver-rt", "acknowledge-rt"] {
            let tag = try #require(summary.tags.first { $0.tag == name })
            #expect(tag.errors > 0, "\(name)")
        }
    }

    @Test("a wrong password, and no broker, fail each user by the reason")
    func refused() async throws {
        let broker = try await MosquittoBroker.start(user: "load", password: "s3cret")
        let password = try folder.write("secret", to: "password")
        let wrong = try run(
            broker.address,
            users: 3,
            ["--set", "login=load", "--set", "passwordFile=\(password)", "--quiet"]
        )
        #expect(try await wrong.wait() == .exit(1))
        #expect(wrong.output.contains("3 users failed: \(broker.address): refuses this user\n"))
        let unread = try ChildProcess([
            try Programs.path("mqtt"), "--trial", folder.path + "/unread", "--set",
            "passwordFile=/nowhere/password", "--quiet",
        ])
        #expect(try await unread.wait() == .exit(1))
        #expect(
            unread.output.contains(
                "/nowhere/password: cannot be read; the setting passwordFile names it\n"
            )
        )
        let nobody = try ChildProcess([
            try Programs.path("mqtt"), "--users", "3", "--trial", folder.path + "/other", "--set",
            "broker=127.0.0.1:1", "--quiet",
        ])
        #expect(try await nobody.wait() == .exit(1))
        #expect(
            nobody.output.contains(
                "3 users failed: 127.0.0.1:1: no connection: connection refused\n"
            )
        )
    }
}
