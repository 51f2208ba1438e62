import Engine
import Foundation
import Scenario
import ScenarioSupport
import TestSupport
import Testing

@testable import mqtt

@Suite("A session with mosquitto", .timeLimit(.minutes(2)))
struct MQTTSessionTests {
    @Test("messages of both qualities of service go from one user to another, in order")
    func both() async throws {
        // It passes nothing on before the last one is acknowledged.
        let broker = try await MosquittoBroker.start(settings: ["max_inflight_messages 1"])
        let address = try Address(broker.address)
        let words = try runUsers { user, notes in
            let alice = try await Session.open(user, to: address, client: "alice")
            let bob = try await Session.open(user, to: address, client: "bob")
            defer { for session in [alice, bob] { session.close() } }
            try await bob.subscribe(to: "to/bob", quality: 1)
            for (text, quality) in [("one", 0), ("two", 1), ("", 1)] as [(String, UInt8)] {
                let message = Packet.Message(topic: "to/bob", payload: Array(text.utf8))
                let number = try alice.publish(message, quality: quality)
                guard case .publish(let arrived, let own) = try await bob.next() else { continue }
                #expect(arrived == message)
                #expect((own == nil) == (quality == 0))
                notes.words.append(String(decoding: arrived.payload, as: UTF8.self))
                guard let number else { continue }
                #expect(try await alice.next() == .published(number: number))
            }
        }
        #expect(words == ["one", "two", ""])
    }

    @Test("a login is let in with its password, and with no other")
    func login() async throws {
        let broker = try await MosquittoBroker.start(user: "ann", password: "s3cret")
        let address = try Address(broker.address)
        let words = try runUsers { user, notes in
            let logins: [Packet.Login?] = [
                .init(user: "ann", password: "s3cret"), .init(user: "ann", password: "secret"), nil,
            ]
            for login in logins {
                do {
                    let session = try await Session.open(
                        user,
                        to: address,
                        client: "c",
                        login: login
                    )
                    try await session.subscribe(to: "t", quality: 0)
                    session.close()
                    notes.words.append("welcome")
                } catch { notes.words.append("\(error)") }
            }
        }
        #expect(
            words == [
                "welcome", "\(address): refuses this user", "\(address): refuses this user",
            ]
        )
    }

    @Test("a message that is larger than the bound ends its receiver, before it is read")
    func large() async throws {
        let broker = try await MosquittoBroker.start()
        let address = try Address(broker.address)
        let words = try runUsers { user, notes in
            let alice = try await Session.open(user, to: address, client: "alice")
            let bob = try await Session.open(user, to: address, client: "bob")
            defer { for session in [alice, bob] { session.close() } }
            try await bob.subscribe(to: "to/bob", quality: 0)
            // Two bytes for the topic's length, and its six.
            for count in [Session.longest - 8, Session.longest - 7] {
                let payload = [UInt8](repeating: 1, count: count)
                _ = try alice.publish(.init(topic: "to/bob", payload: payload), quality: 0)
                guard case .publish(let message, _) = try await bob.next() else { continue }
                notes.words.append("\(message.payload.count)")
            }
        }
        #expect(
            words == [
                "65528",
                "\(address): sent a packet of 65537 bytes, and at most 65536 are taken",
            ]
        )
    }

    @Test("a user who is silent for longer than a broker waits stays, by its signs of life")
    func silent() async throws {
        let broker = try await MosquittoBroker.start()
        let address = try Address(broker.address)
        let words = try runUsers(2) { user, notes in
            let session = try await Session.open(
                user,
                to: address,
                client: "user-\(user.id)",
                keepAlive: .seconds(2)
            )
            defer { session.close() }
            try await session.subscribe(to: "to/\(user.id)", quality: 0)
            if user.id == 1 {
                _ = try await session.next()
                return notes.words.append("told after all")
            }
            // A broker gives up after one and a half times its time; this one looks every few seconds.
            let reader = Task(executorPreference: user.loop) { _ = try await session.next() }
            try await user.sleep(for: .seconds(8))
            _ = try session.publish(.init(topic: "to/1", payload: []), quality: 0)
            reader.cancel()
        }
        #expect(words == ["told after all"])
    }

    @Test("a broker that stands still is given up after its time")
    func stopped() async throws {
        let broker = try await MosquittoBroker.start()
        let address = try Address(broker.address)
        let words = try runUsers { user, _ in
            let session = try await Session.open(
                user,
                to: address,
                client: "c",
                keepAlive: .seconds(2)
            )
            defer { session.close() }
            broker.send(SIGSTOP)
            _ = try await session.next()
        }
        #expect(words == ["\(address): does not answer a ping within 2.0 seconds"])
    }

    @Test("a broker that is killed, and one that is not there, are told apart")
    func killed() async throws {
        let broker = try await MosquittoBroker.start()
        let address = try Address(broker.address)
        let words = try runUsers { user, notes in
            let session = try await Session.open(user, to: address, client: "c")
            try await broker.kill()
            do { _ = try await session.next() } catch { notes.words.append("\(error)") }
            _ = try await Session.open(user, to: address, client: "c")
        }
        #expect(
            words == [
                "\(address): ended the connection",
                "\(address): no connection: connection refused",
            ]
        )
    }

    @Test("what is no broker is not talked to")
    func other() async throws {
        let (server, chat) = try await Programs.chatServer()
        let address = try Address(chat)
        let words = try runUsers { user, _ in
            _ = try await Session.open(user, to: address, client: "{}\n")
        }
        #expect(
            words == [
                "\(address): sent a packet that begins with 123, which a client does not understand"
            ]
        )
        _ = server
    }
}
