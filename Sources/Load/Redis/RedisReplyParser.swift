private import Glibc

/// Reads RESP2 replies as far as a load needs it: their kind and the text of errors.
///
/// Values are skipped without being stored. A reply that is an array counts as one reply.
package struct RedisReplyParser: ReplyParser {
    /// Longer lines are cut here: no error that matters is longer, and memory stays bounded.
    private static let longestText = 512

    package private(set) var text: [UInt8] = []
    /// Bytes of a value, with the line end, that are yet to be skipped.
    private var skip = 0
    /// Values that are yet to come before the reply is whole.
    private var pending = 1
    private var outcome: Reply?
    private var isLineBegun = false

    package init() {
        text.reserveCapacity(Self.longestText)
    }

    package mutating func next(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ position: inout Int
    ) throws(ReplySyntaxError) -> Reply? {
        while position < bytes.count {
            if skip > 0 {
                let step = min(skip, bytes.count - position)
                skip -= step
                position += step
                guard skip == 0 else { return nil }
            } else {
                guard readLine(bytes, &position) else { return nil }
                try interpret()
                if skip > 0 { continue }
            }
            pending -= 1
            if pending == 0 {
                pending = 1
                let reply = outcome ?? .done
                outcome = nil
                return reply
            }
        }
        return nil
    }

    /// Collects a line without its end; returns whether it is whole.
    private mutating func readLine(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ position: inout Int
    ) -> Bool {
        if !isLineBegun {
            text.removeAll(keepingCapacity: true)
            isLineBegun = true
        }
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\n") {
                if text.last == UInt8(ascii: "\r") { text.removeLast() }
                isLineBegun = false
                return true
            }
            if text.count < Self.longestText { text.append(byte) }
        }
        return false
    }

    private mutating func interpret() throws(ReplySyntaxError) {
        guard let kind = text.first else { throw ReplySyntaxError() }
        switch kind {
        case UInt8(ascii: "+"), UInt8(ascii: ":"):
            break
        case UInt8(ascii: "-"):
            outcome = outcome ?? failure
        case UInt8(ascii: "$"):
            let length = try number()
            if length < 0 { outcome = outcome ?? .missing } else { skip = length + 2 }
        case UInt8(ascii: "*"):
            let count = try number()
            if count < 0 { outcome = outcome ?? .missing } else { pending += count }
            // No reply to what we send has so many values; ever more would overflow.
            guard pending < 1 << 40 else { throw ReplySyntaxError() }
        default:
            throw ReplySyntaxError()
        }
    }

    private var failure: Reply {
        if text.starts(with: Self.moved) { return .moved }
        if text.starts(with: Self.ask) { return .ask }
        return .failed
    }

    private static let moved = Array("-MOVED ".utf8)
    private static let ask = Array("-ASK ".utf8)

    private func number() throws(ReplySyntaxError) -> Int {
        var value = 0
        let isNegative = text.count > 1 && text[1] == UInt8(ascii: "-")
        let digits = text.dropFirst(isNegative ? 2 : 1)
        guard (1...10).contains(digits.count) else { throw ReplySyntaxError() }
        for digit in digits {
            guard (48...57).contains(digit) else { throw ReplySyntaxError() }
            value = value * 10 + Int(digit - 48)
        }
        return isNegative ? -value : value
    }
}
