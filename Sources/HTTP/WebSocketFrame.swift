/// A frame of WebSocket (RFC 6455, section 5).
package struct WebSocketFrame: Sendable, Hashable {
    /// What a frame is.
    package enum Kind: UInt8, Sendable {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10

        /// Whether it may stand between the pieces of a message.
        var isControl: Bool { rawValue >= 8 }
    }

    package let kind: Kind
    /// Whether it is the last piece of its message.
    package let isLast: Bool
    package let payload: [UInt8]

    package init(_ kind: Kind, _ payload: [UInt8], isLast: Bool = true) {
        self.kind = kind
        self.isLast = isLast
        self.payload = payload
    }

    /// The frame as a client sends it: under a mask of four bytes, which must be another one each time.
    package func bytes(mask: UInt32) -> [UInt8] {
        let count = payload.count
        var bytes = [kind.rawValue | (isLast ? 0x80 : 0)]
        bytes.reserveCapacity(count + 14)
        switch count {
        case ..<126: bytes.append(0x80 | UInt8(count))
        case ..<65_536: bytes += [0x80 | 126, UInt8(count >> 8), UInt8(count & 0xFF)]
        default:
            bytes.append(0x80 | 127)
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: count >> shift))
            }
        }
        let mask = (0..<4).map { UInt8(truncatingIfNeeded: mask >> (24 - 8 * $0)) }
        bytes += mask
        for (place, byte) in payload.enumerated() { bytes.append(byte ^ mask[place & 3]) }
        return bytes
    }
}

/// A message of WebSocket.
public enum WebSocketMessage: Sendable, Hashable {
    /// A text.
    case text(String)
    /// Bytes.
    case binary([UInt8])
}

/// How the other side ended a WebSocket.
public struct WebSocketEnding: Sendable, Hashable {
    /// 1000 if all is well; 1005 if the other side gave none.
    public let code: UInt16
    /// What it says of it; empty if nothing.
    public let reason: String
}
