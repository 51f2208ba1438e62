/// A packet of MQTT 3.1.1, as far as a client with quality of service 0 and 1 sends and gets them.
enum Packet: Hashable, Sendable {
    /// The first that a client sends.
    case connect(client: String, login: Login?, keepAlive: UInt16)
    /// The broker's answer: 0 is a welcome.
    case connected(code: UInt8)
    /// A message; with a number if it is to be acknowledged, which is quality of service 1.
    case publish(Message, number: UInt16?)
    /// A message of this number has arrived.
    case published(number: UInt16)
    /// A wish for all messages of a topic.
    case subscribe(number: UInt16, topic: String, quality: UInt8)
    /// The broker's answer: the quality of service that it grants, or 128.
    case subscribed(number: UInt16, code: UInt8)
    /// A sign of life, and its answer.
    case ping, pong
    /// The last that a client sends.
    case disconnect

    /// Who a client is, to a broker that asks.
    struct Login: Hashable, Sendable {
        let user: String
        let password: String
    }

    /// What is passed on.
    struct Message: Hashable, Sendable {
        let topic: String
        let payload: [UInt8]
    }

    // MARK: Writing

    /// The packet as it is sent.
    ///
    /// - Throws: ``PacketError/tooLong(_:)`` if a text does not fit.
    func bytes() throws(PacketError) -> [UInt8] {
        switch self {
        case .connect(let client, let login, let keepAlive):
            // Protocol level 4 is 3.1.1; bit 1 asks for a session without a past.
            var body = try Self.text("MQTT") + [4, login == nil ? 0x02 : 0xC2]
            body += Self.number(keepAlive) + (try Self.text(client))
            if let login { body += try Self.text(login.user) + Self.text(login.password) }
            return try Self.packet(0x10, body)
        case .connected(let code): return try Self.packet(0x20, [0, code])
        case .publish(let message, let number):
            let body = try Self.text(message.topic) + (number.map(Self.number) ?? [])
            return try Self.packet(number == nil ? 0x30 : 0x32, body + message.payload)
        case .published(let number): return try Self.packet(0x40, Self.number(number))
        case .subscribe(let number, let topic, let quality):
            return try Self.packet(0x82, Self.number(number) + Self.text(topic) + [quality])
        case .subscribed(let number, let code):
            return try Self.packet(0x90, Self.number(number) + [code])
        case .ping: return try Self.packet(0xC0, [])
        case .pong: return try Self.packet(0xD0, [])
        case .disconnect: return try Self.packet(0xE0, [])
        }
    }

    private static func packet(_ first: UInt8, _ body: [UInt8]) throws(PacketError) -> [UInt8] {
        guard body.count < 1 << 28 else { throw .tooLong(body.count) }
        var packet = [first]
        // Seven bits in each byte, the lowest first; the eighth says that another one follows.
        var rest = body.count
        repeat {
            packet.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
            rest >>= 7
        } while rest > 0
        return packet + body
    }

    private static func number(_ number: UInt16) -> [UInt8] {
        [UInt8(number >> 8), UInt8(number & 0xFF)]
    }

    private static func text(_ text: String) throws(PacketError) -> [UInt8] {
        guard let count = UInt16(exactly: text.utf8.count) else { throw .tooLong(text.utf8.count) }
        return number(count) + text.utf8
    }

    // MARK: Reading

    /// Reads what a broker sends, behind the length.
    init(first: UInt8, body: ArraySlice<UInt8>) throws(PacketError) {
        var rest = body
        func number() throws(PacketError) -> UInt16 {
            guard rest.count >= 2 else { throw .malformed(type: first >> 4) }
            defer { rest = rest.dropFirst(2) }
            return UInt16(rest[rest.startIndex]) << 8 | UInt16(rest[rest.startIndex + 1])
        }
        switch first {
        case 0x20:
            guard body.count == 2, body[body.startIndex] <= 1 else { break }
            self = .connected(code: body[body.startIndex + 1])
            return
        // Bit 3 says that it may have come before, bit 0 that it was kept for those who come late.
        case let publish where publish >> 4 == 3 && publish & 6 <= 2:
            let length = Int(try number())
            guard length > 0, rest.count >= length else { break }
            let topic = String(decoding: rest.prefix(length), as: UTF8.self)
            rest = rest.dropFirst(length)
            let number = publish & 2 == 0 ? nil : try number()
            guard number != 0 else { break }
            self = .publish(Message(topic: topic, payload: Array(rest)), number: number)
            return
        case 0x40:
            self = .published(number: try number())
            guard rest.isEmpty else { break }
            return
        case 0x90:
            let number = try number()
            guard rest.count == 1, let code = rest.first, code <= 2 || code == 0x80 else { break }
            self = .subscribed(number: number, code: code)
            return
        case 0xD0:
            guard body.isEmpty else { break }
            self = .pong
            return
        default: throw .unexpected(first: first)
        }
        throw .malformed(type: first >> 4)
    }
}

/// Packets out of what arrives, however the network cuts it.
struct PacketReader {
    /// A longer packet, in bytes behind its length, is an error before it is read.
    let limit: Int
    private var bytes: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    /// Takes what has arrived.
    mutating func append(_ arrived: [UInt8]) { bytes += arrived }

    /// Whether nothing of the next packet has arrived.
    var isAtRest: Bool { bytes.isEmpty }

    /// Takes the next packet; `nil` if it is not whole yet.
    mutating func next() throws(PacketError) -> Packet? {
        var length = 0
        var place = 1
        while true {
            guard place < bytes.count else { return nil }
            length |= Int(bytes[place] & 0x7F) << (7 * (place - 1))
            place += 1
            if bytes[place - 1] < 0x80 { break }
            guard place <= 4 else { throw .malformed(type: bytes[0] >> 4) }
        }
        guard length <= limit else { throw .tooLarge(length, limit: limit) }
        guard bytes.count >= place + length else { return nil }
        let packet = try Packet(first: bytes[0], body: bytes[place..<place + length])
        bytes.removeFirst(place + length)
        return packet
    }
}

/// What cannot be sent, or must not be sent to a client.
enum PacketError: Error, Hashable, CustomStringConvertible {
    /// More bytes than fit.
    case tooLong(Int)
    /// It is longer than a user takes.
    case tooLarge(Int, limit: Int)
    /// It is not what its type has to be.
    case malformed(type: UInt8)
    /// No broker sends this.
    case unexpected(first: UInt8)

    var description: String {
        switch self {
        case .tooLong(let count):
            "\(count) bytes do not fit: a text takes 65535, a packet 268435455"
        case .tooLarge(let count, let limit):
            "a packet of \(count) bytes, and at most \(limit) are taken"
        case .malformed(let type): "a malformed packet of type \(type)"
        case .unexpected(let first):
            "a packet that begins with \(first), which a client does not understand"
        }
    }
}
