/// A whole RESP2 value, for the few replies whose content matters.
enum RESPValue: Hashable {
    case text(String)
    case error(String)
    case number(Int)
    case array([RESPValue])
    case null

    /// Reads one value from the start of `bytes`.
    ///
    /// - Returns: The value and what is left, or `nil` if the bytes end before the value does.
    /// - Throws: ``ReplySyntaxError`` if this is no RESP2, or nests deeper than 8 arrays.
    static func parse(
        _ bytes: ArraySlice<UInt8>,
        depth: Int = 0
    ) throws(ReplySyntaxError) -> (value: RESPValue, rest: ArraySlice<UInt8>)? {
        guard depth <= 8 else { throw ReplySyntaxError() }
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        guard let kind = bytes.first, end - bytes.startIndex >= 2,
            bytes[end - 1] == UInt8(ascii: "\r")
        else { throw ReplySyntaxError() }
        let line = String(decoding: bytes[(bytes.startIndex + 1)..<(end - 1)], as: UTF8.self)
        let rest = bytes[(end + 1)...]
        switch kind {
        case UInt8(ascii: "+"): return (.text(line), rest)
        case UInt8(ascii: "-"): return (.error(line), rest)
        default: break
        }
        guard let number = Int(line), number < 1 << 30 else { throw ReplySyntaxError() }
        switch kind {
        case UInt8(ascii: ":"): return (.number(number), rest)
        case UInt8(ascii: "$"): return bulk(number, rest)
        case UInt8(ascii: "*"): return try array(number, rest, depth: depth)
        default: throw ReplySyntaxError()
        }
    }

    private static func bulk(
        _ count: Int,
        _ rest: ArraySlice<UInt8>
    ) -> (value: RESPValue, rest: ArraySlice<UInt8>)? {
        guard count >= 0 else { return (.null, rest) }
        guard rest.count >= count + 2 else { return nil }
        let text = String(decoding: rest.prefix(count), as: UTF8.self)
        return (.text(text), rest.dropFirst(count + 2))
    }

    private static func array(
        _ count: Int,
        _ rest: ArraySlice<UInt8>,
        depth: Int
    ) throws(ReplySyntaxError) -> (value: RESPValue, rest: ArraySlice<UInt8>)? {
        guard count >= 0 else { return (.null, rest) }
        var rest = rest
        var values: [RESPValue] = []
        for _ in 0..<count {
            guard let next = try parse(rest, depth: depth + 1) else { return nil }
            values.append(next.value)
            rest = next.rest
        }
        return (.array(values), rest)
    }
}
