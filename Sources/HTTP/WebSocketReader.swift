/// What comes from a server, out of bytes that the network cut somehow.
package struct WebSocketReader {
    /// Something that the server said.
    package enum Event: Sendable, Hashable {
        case message(WebSocketMessage)
        case ping([UInt8])
        case pong([UInt8])
        case close(WebSocketEnding)
    }

    /// What is no WebSocket, or too much of it.
    package struct Fault: Error, Hashable {
        /// What the server is told.
        package let code: UInt16
        package let problem: String
    }

    /// So many pings, pongs and empty pieces may stand within a message: signs of life of some hours.
    package static let mostIdle = 10_000

    /// The longest message in bytes.
    private let most: Int
    private var bytes: [UInt8] = []
    private var start = 0
    /// The pieces of a message so far.
    private var message: [UInt8] = []
    private var kind: WebSocketFrame.Kind?
    /// How many frames stood within the message, and added nothing to it.
    private var idle = 0

    /// Makes a reader of what stands behind the server's 101.
    package init(mostBytes most: Int) { self.most = most }

    /// Takes what has arrived.
    package mutating func append(_ arrived: [UInt8]) {
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes += arrived
    }

    /// Takes the next thing that is whole; `nil` if there is none yet.
    package mutating func next() throws(Fault) -> Event? {
        while let frame = try frame() {
            try count(frame)
            switch frame.kind {
            case .ping: return .ping(frame.payload)
            case .pong: return .pong(frame.payload)
            case .close: return .close(try ending(frame.payload))
            case .continuation:
                guard kind != nil else { throw Self.wrong("a piece of no message") }
            case .text, .binary:
                guard kind == nil else { throw Self.wrong("a message within another one") }
                kind = frame.kind
            }
            message += frame.payload
            guard frame.isLast else { continue }
            defer {
                message = []
                kind = nil
                idle = 0
            }
            if kind == .binary { return .message(.binary(message)) }
            guard let text = String(validating: message, as: UTF8.self) else {
                throw Fault(code: 1_007, problem: "a text that is no UTF-8")
            }
            return .message(.text(text))
        }
        return nil
    }

    /// Refuses a message that goes on and on, and never grows.
    private mutating func count(_ frame: WebSocketFrame) throws(Fault) {
        guard kind != nil, frame.kind.isControl || frame.payload.isEmpty else { return }
        idle += 1
        guard idle <= Self.mostIdle else {
            throw Fault(
                code: 1_008,
                problem: "more than \(Self.mostIdle) frames within a message that add nothing to it"
            )
        }
    }

    /// Takes the next frame, which is refused for its length before it is whole.
    private mutating func frame() throws(Fault) -> WebSocketFrame? {
        let rest = bytes[start...]
        guard rest.count >= 2 else { return nil }
        let (first, second) = (bytes[start], bytes[start + 1])
        guard first & 0x70 == 0 else { throw Self.wrong("a frame of an extension") }
        guard let kind = WebSocketFrame.Kind(rawValue: first & 0x0F) else {
            throw Self.wrong("a frame of the unknown kind \(first & 0x0F)")
        }
        guard second & 0x80 == 0 else { throw Self.wrong("a masked frame") }
        let (isLast, short) = (first & 0x80 != 0, Int(second & 0x7F))
        guard !kind.isControl || isLast && short < 126 else {
            throw Self.wrong("a frame of control that is long or in pieces")
        }
        let extra = short < 126 ? 0 : short == 126 ? 2 : 8
        guard rest.count >= 2 + extra else { return nil }
        let number = rest.dropFirst(2).prefix(extra).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard extra == 0 || number > (extra == 2 ? 125 : 65_535) else {
            throw Self.wrong("a length in more bytes than it needs")
        }
        let isTooLong = extra > 0 && number > UInt64(most)
        let length = extra == 0 ? short : isTooLong ? most + 1 : Int(number)
        guard kind.isControl || !isTooLong && length <= most - message.count else {
            throw Fault(code: 1_009, problem: "a message of more than \(most) bytes")
        }
        let end = start + 2 + extra + length
        guard bytes.count >= end else { return nil }
        let payload = Array(bytes[(end - length)..<end])
        start = end
        return WebSocketFrame(kind, payload, isLast: isLast)
    }

    private func ending(_ payload: [UInt8]) throws(Fault) -> WebSocketEnding {
        guard !payload.isEmpty else { return WebSocketEnding(code: 1_005, reason: "") }
        guard payload.count >= 2, let reason = String(validating: payload[2...], as: UTF8.self)
        else { throw Self.wrong("a close without a code, or with a reason that is no UTF-8") }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        guard
            (1_000...1_003).contains(code) || (1_007...1_014).contains(code)
                || (3_000...4_999).contains(code)
        else { throw Self.wrong("a close with the code \(code)") }
        return WebSocketEnding(code: code, reason: reason)
    }

    private static func wrong(_ problem: String) -> Fault { Fault(code: 1_002, problem: problem) }
}
