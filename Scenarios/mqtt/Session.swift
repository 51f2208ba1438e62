import Engine
import Scenario

/// A user's session with a broker.
final class Session: @unchecked Sendable {
    // Unchecked: it belongs to its user's loop.

    /// The longest packet that a user takes, in bytes.
    static let longest = 65_536

    private let user: User
    private let connection: UserConnection
    private let broker: String
    private let keepAlive: Duration
    private var packets = PacketReader(limit: longest)
    /// What came before it was asked for.
    private var early: [Packet] = []
    private var number: UInt16 = 0
    private var lastSent: Int64
    /// When a sign of life was sent that has no answer.
    private var asked: Int64?

    /// Connects to a broker, and suspends until it says welcome.
    ///
    /// - Parameters:
    ///   - user: Whose session it is.
    ///   - broker: Where it listens.
    ///   - security: What keeps the connection from others; nothing does if `nil`.
    ///   - client: The name of the session; the broker ends another one of this name.
    ///   - login: For a broker that asks who it is.
    ///   - keepAlive: After so much silence the broker gives the session up; 1 to 65,535 s.
    /// - Returns: The session.
    /// - Throws: ``SessionError`` if the broker refuses, an error of the connection, `CancellationError`.
    static func open(
        _ user: User,
        to broker: Address,
        security: Security? = nil,
        client: String,
        login: Packet.Login? = nil,
        keepAlive: Duration = .seconds(60)
    ) async throws -> Session {
        let connection = try await user.connect(to: broker, security: security)
        do {
            let session = Session(user, connection, "\(broker)", keepAlive)
            let seconds = UInt16(clamping: keepAlive.components.seconds)
            try session.send(.connect(client: client, login: login, keepAlive: seconds))
            guard case .connected(let code) = try await session.packet(within: .seconds(10)) else {
                throw SessionError("\(broker)", "did not begin with a welcome")
            }
            guard code == 0 else { throw SessionError("\(broker)", refusal: code) }
            return session
        } catch {
            connection.close()
            throw error
        }
    }

    private init(_ user: User, _ connection: UserConnection, _ broker: String, _ limit: Duration) {
        self.user = user
        self.connection = connection
        self.broker = broker
        keepAlive = limit
        lastSent = user.now
    }

    /// Asks for all messages of a topic, and suspends until they are promised.
    func subscribe(to topic: String, quality: UInt8) async throws {
        let own = nextNumber()
        try send(.subscribe(number: own, topic: topic, quality: quality))
        while true {
            let packet = try await packet(within: .seconds(10))
            guard case .subscribed(own, let code) = packet else {
                early.append(packet)
                continue
            }
            guard code < 0x80 else {
                throw SessionError("\(broker)", "refuses the subscription to \"\(topic)\"")
            }
            return
        }
    }

    /// Sends a message; waits for nothing.
    ///
    /// - Returns: The number that its acknowledgement will have; `nil` with quality of service 0.
    func publish(_ message: Packet.Message, quality: UInt8) throws -> UInt16? {
        let number = quality == 0 ? nil : nextNumber()
        try send(.publish(message, number: number))
        return number
    }

    /// Suspends until a message or an acknowledgement comes, and keeps the session alive meanwhile.
    ///
    /// - Throws: ``SessionError`` if the broker does not answer a sign of life for as long as it may, or ends the session.
    func next() async throws -> Packet {
        while true {
            let waiting = early.isEmpty ? try await nextWithin(keepAlive / 2) : early.removeFirst()
            guard let packet = waiting else { continue }
            switch packet {
            case .publish(_, let number):
                if let number { try send(.published(number: number)) }
                return packet
            case .published: return packet
            case .pong: asked = nil
            default: throw SessionError(broker, "sent \(packet), which nobody has asked for")
            }
        }
    }

    /// Tells the broker that this is the end.
    func close() {
        // A broker that is told nothing finds out by itself.
        try? send(.disconnect)
        connection.close()
    }

    /// The next packet; `nil` if there was none within half of the time, and a sign of life was sent.
    private func nextWithin(_ half: Duration) async throws -> Packet? {
        let now = user.now
        if let asked, Duration.nanoseconds(now - asked) > keepAlive {
            throw SessionError(broker, "does not answer a ping within \(keepAlive)")
        }
        let left = half - .nanoseconds(now - max(lastSent, asked ?? lastSent))
        if left > .zero {
            do { return try await packet(within: left) } catch ConnectionError.timedOut {}
        }
        asked = asked ?? user.now
        try send(.ping)
        return nil
    }

    private func packet(within limit: Duration) async throws -> Packet {
        let end = user.now + Int64(limit / .nanoseconds(1))
        do {
            while true {
                if let packet = try packets.next() { return packet }
                let left = Duration.nanoseconds(max(0, end - user.now))
                let bytes = try await connection.read(within: left)
                guard !bytes.isEmpty else {
                    let place = packets.isAtRest ? "" : " in the middle of a packet"
                    throw SessionError(broker, "ended the connection\(place)")
                }
                packets.append(bytes)
            }
        } catch let error as PacketError {
            throw SessionError(broker, "sent \(error)")
        }
    }

    private func send(_ packet: Packet) throws {
        try connection.put(packet.bytes())
        lastSent = user.now
    }

    private func nextNumber() -> UInt16 {
        number = number == .max ? 1 : number + 1
        return number
    }
}

/// What a broker did that ends a session.
struct SessionError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ broker: String, _ problem: String) { description = "\(broker): \(problem)" }

    init(_ broker: String, refusal code: UInt8) {
        let reasons = [
            1: "the version of the protocol", 2: "the client's name", 3: "everybody for now",
            4: "the user or the password", 5: "this user",
        ]
        self.init(broker, "refuses \(reasons[Int(code)] ?? "the connection, by code \(code)")")
    }
}
