private import Glibc

/// Reads RESP2 replies as far as a load needs it: their kind and the text of errors.
///
/// Values are skipped without being stored. A reply that is an array counts as one reply.
package struct RedisReplyParser: ReplyParser {
    /// Longer lines are cut here: no error that matters is longer, and memory stays bounded.
    private static let longestText = 512
    /// No reply has so long a line, and none to a read or a write so many values: to go over them takes time
    /// that the schedule needs.
    private static let longestLine = 65_536
    private let mostValues: Int

    package private(set) var text: [UInt8] = []
    /// Bytes of a value, with the line end, that are yet to be skipped.
    private var skip = 0
    /// Values that are yet to come before the reply is whole.
    private var pending = 1
    private var outcome: Reply?
    private var isLineBegun = false
    private var lineLength = 0
    /// How many values of this reply were announced so far.
    private var values = 1

    package init() { self.init(mostValues: 1_024) }

    /// Makes a parser of replies with at most so many values.
    init(mostValues: Int) {
        self.mostValues = mostValues
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
                guard readLine(bytes, &position) else {
                    guard lineLength <= Self.longestLine else { throw ReplySyntaxError() }
                    return nil
                }
                try interpret()
                if skip > 0 { continue }
            }
            pending -= 1
            if pending == 0 {
                pending = 1
                values = 1
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
            lineLength = 0
        }
        let start = position
        defer { lineLength += position - start }
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
            values += max(0, count)
            guard values <= mostValues else { throw ReplySyntaxError() }
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
