// chat: users log in, meet in pairs, and write to each other at one rate for all of them together.
// First: swift run chat-server. Then: swift run chat --users 5000 --user-rate 200/s --for 60s

import JSON
import Scenario

enum Given {
    static let server = Setting(
        "server",
        default: "127.0.0.1:9100",
        "where the chat server listens"
    )
    static let messageRate = Setting(
        "messageRate",
        default: 6_000,
        in: 0...60_000_000,
        update: .free,
        "messages a minute, of all users together"
    )
}

/// What all users share.
///
/// It belongs to the loop that they all live on, so that nothing needs a lock.
final class Chat: @unchecked Sendable {
    // Unchecked: all users live on one loop's thread.

    let server: Address
    let messages: Throttle
    let pairs: Coordinator<String>
    /// Messages that were sent, by their number, until the other one has them.
    var underWay: [Int64: Measurement] = [:]
    var sent: Int64 = 0

    init(_ agent: Agent) throws {
        server = try Address(agent.value(Given.server))
        messages = try agent.throttle("messages", .perMinute(agent.value(Given.messageRate)))
        // Each of two who meet is told the other's name.
        pairs = try agent.coordinator(
            "pairs",
            .each(
                2,
                .pair { _, one, other in
                    one.user.send(other.value)
                    other.user.send(one.value)
                }
            )
        )
    }

    /// One user's life.
    func talk(_ user: User) async throws {
        let name = "user-\(user.id)"
        let connection = try await user.connect(to: server)
        try await user.measure("login") {
            try await connection.write(line(["login": .string(name)]))
            guard let answer = try await connection.readLine(within: .seconds(10)),
                try JSON(parsing: answer)["ok"] != nil
            else { throw Refused.login(name) }
        }
        try pairs.add(user, name)
        let friend = try await user.receive(String.self)
        // A user writes whether or not it has read: a server that stands still is not spared.
        try await withThrowingTaskGroup { group in
            group.addTask { try await self.read(connection) }
            group.addTask { try await self.write(user, to: friend, connection) }
            try await group.next()
            group.cancelAll()
        }
    }

    private func write(_ user: User, to friend: String, _ connection: UserConnection) async throws {
        while true {
            let due = try await messages.wait()
            sent += 1
            let number = sent
            underWay[number] = try user.begin("deliver", due: due)
            let message: JSON = [
                "to": .string(friend), "text": .string("hello"), "id": .integer(number),
            ]
            do {
                try await connection.write(line(message), within: .seconds(10))
            } catch {
                underWay.removeValue(forKey: number)?.fail()
                throw error
            }
        }
    }

    private func read(_ connection: UserConnection) async throws {
        while let text = try await connection.readLine() {
            let message = try JSON(parsing: text)
            guard case .integer(let number) = message["id"],
                let measurement = underWay.removeValue(forKey: number)
            else { throw Refused.answer(text) }
            message["error"] == nil ? measurement.end() : measurement.fail()
        }
        throw Refused.ended
    }

    private func line(_ message: JSON) -> String { message.line + "\n" }
}

enum Refused: Error, CustomStringConvertible {
    case login(String)
    case answer(String)
    case ended

    var description: String {
        switch self {
        case .login(let name): "the server does not let \(name) in"
        case .answer(let text): "the server said \(text)"
        case .ended: "the server ended the connection"
        }
    }
}

Scenario(
    "chat",
    summary: "Users log in, meet in pairs, and write to each other.",
    settings: [Given.server, Given.messageRate]
) { agent in
    try Chat(agent)
} user: { user, chat in
    try await chat.talk(user)
}
.run()
