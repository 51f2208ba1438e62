import Scenario

/// What all users share.
final class Talk: @unchecked Sendable {
    // Unchecked: all users live on one loop's thread.

    /// A message that was published, and has not arrived.
    private struct Sent {
        let sender: Int
        let due: Int64
        let measurement: Measurement
    }

    /// What does not arrive within this time has failed, in nanoseconds.
    private static let patience: Int64 = 10_000_000_000

    private let broker: Address
    private let security: Security?
    private let login: Packet.Login?
    private let quality: UInt8
    private let size: Int
    private let keepAlive: Duration
    private let messages: Throttle
    private let pairs: Coordinator<String>
    /// By their number.
    private var underWay: [Int64: Sent] = [:]
    private var sent: Int64 = 0
    /// Whatever has a smaller number is settled.
    private var oldest: Int64 = 1

    init(_ agent: Agent, password: String) throws {
        broker = try Address(agent.value(Given.broker))
        let authorities = try agent.value(Given.authorities)
        security = try authorities.isEmpty ? nil : Security(authorities: authorities)
        let name = try agent.value(Given.login)
        login = name.isEmpty ? nil : Packet.Login(user: name, password: password)
        quality = UInt8(try agent.value(Given.quality))
        size = try agent.value(Given.messageSize)
        keepAlive = .seconds(try agent.value(Given.keepAlive))
        messages = try agent.throttle("messages", .perMinute(agent.value(Given.messageRate)))
        pairs = try agent.coordinator(
            "pairs",
            timeout: nil,
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
    func take(part user: User) async throws {
        let name = "scenario-\(user.id)"
        let topic = "scenario/\(user.id)"
        let session = try await user.measure("connect") { [self] in
            try await Session.open(
                user,
                to: broker,
                security: security,
                client: name,
                login: login,
                keepAlive: keepAlive
            )
        }
        defer { session.close() }
        try await user.measure("subscribe") { [self] in
            try await session.subscribe(to: topic, quality: quality)
        }
        let acknowledgements = Acknowledgements()
        try pairs.add(user, topic)
        do {
            // A user publishes whether or not it has read: a broker that stands still is not spared.
            try await withThrowingTaskGroup { group in
                group.addTask { try await self.read(session, acknowledgements) }
                group.addTask { try await self.write(user, session, acknowledgements) }
                try await group.next()
                group.cancelAll()
            }
        } catch {
            if !Task.isCancelled {
                fail(from: user.id)
                for measurement in acknowledgements.byNumber.values { measurement.fail() }
            }
            throw error
        }
    }

    private func write(_ user: User, _ session: Session, _ open: Acknowledgements) async throws {
        let friend = try await user.receive(String.self)
        while true {
            let due = try await messages.wait()
            giveUpOld(now: user.now)
            sent += 1
            underWay[sent] = Sent(
                sender: user.id,
                due: due,
                measurement: try user.begin("deliver", due: due)
            )
            let text = "\(sent) "
            let payload = Array(text.utf8) + Array(repeating: 46, count: size - text.utf8.count)
            let message = Packet.Message(topic: friend, payload: payload)
            if let number = try session.publish(message, quality: quality) {
                open.byNumber[number] = try user.begin("acknowledge", due: due)
            }
        }
    }

    private func read(_ session: Session, _ open: Acknowledgements) async throws {
        while true {
            switch try await session.next() {
            case .publish(let message, _):
                let digits = message.payload.prefix { $0 != 32 }
                // One that came twice, or too late, is settled.
                guard let number = Int64(String(decoding: digits, as: UTF8.self)) else { continue }
                underWay.removeValue(forKey: number)?.measurement.end()
            case .published(let number): open.byNumber.removeValue(forKey: number)?.end()
            default: continue
            }
        }
    }

    /// Nobody waits any longer for what was due long ago.
    private func giveUpOld(now: Int64) {
        while oldest <= sent {
            if let old = underWay[oldest] {
                guard now - old.due > Self.patience else { return }
                old.measurement.fail()
                underWay[oldest] = nil
            }
            oldest += 1
        }
    }

    /// What a user has sent whose session broke has failed, as far as it has not arrived.
    private func fail(from sender: Int) {
        for (number, sent) in underWay where sent.sender == sender {
            sent.measurement.fail()
            underWay[number] = nil
        }
    }
}

/// A user's messages that the broker has not acknowledged, by their number.
final class Acknowledgements: @unchecked Sendable {
    // Unchecked: it belongs to its user's loop.
    var byNumber: [UInt16: Measurement] = [:]
}
