/// Reads replies of etcd's gateway for JSON as far as a load needs them: HTTP/1.1 with a length or in
/// chunks, its status, and whether a key was found.
///
/// Of a body only the beginning is kept: whether it has keys stands behind a header of a bounded size.
package struct EtcdReplyParser: ReplyParser {
    /// What is kept of a line or of a body; memory stays bounded.
    private static let longestText = 512
    /// More lines than this are no head of etcd's.
    private static let mostLines = 100
    /// Nor is a body in more chunks than this one of etcd's; to go over them takes time that the schedule needs.
    private static let mostChunks = 16_384
    private static let longestLine = 65_536

    private enum Stage {
        case status, header, body, chunkSize, chunk, chunkEnd, trailer
    }

    /// A `-`, the status, and the beginning of the body.
    package private(set) var text: [UInt8] = []
    private var stage = Stage.status
    private var line: [UInt8] = []
    private var body: [UInt8] = []
    private var lines = 0
    private var chunks = 0
    private var lineLength = 0
    private var status = 0
    private var isChunked = false
    /// Bytes of the body, or of its chunk, that are yet to come.
    private var rest = 0

    package init() {}

    package mutating func next(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ position: inout Int
    ) throws(ReplySyntaxError) -> Reply? {
        while true {
            switch stage {
            case .body, .chunk:
                let step = min(rest, bytes.count - position)
                let room = min(step, Self.longestText - body.count)
                if room > 0 { body += bytes[position..<(position + room)] }
                position += step
                rest -= step
                guard rest == 0 else { return nil }
                if stage == .body { return reply() }
                stage = .chunkEnd
            default:
                guard readLine(bytes, &position) else {
                    guard lineLength <= Self.longestLine else { throw ReplySyntaxError() }
                    return nil
                }
                lineLength = 0
                if try interpret() { return reply() }
                line.removeAll(keepingCapacity: true)
            }
        }
    }

    /// Collects a line without its end; returns whether it is whole.
    private mutating func readLine(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ position: inout Int
    ) -> Bool {
        let start = position
        defer { lineLength += position - start }
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\n") {
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                return true
            }
            if line.count < Self.longestText { line.append(byte) }
        }
        return false
    }

    /// Goes on behind a whole line; returns whether the reply is whole.
    private mutating func interpret() throws(ReplySyntaxError) -> Bool {
        lines += 1
        guard lines <= Self.mostLines || stage == .chunkSize || stage == .chunkEnd else {
            throw ReplySyntaxError()
        }
        switch stage {
        case .status:
            // Such as `HTTP/1.1 200 OK`.
            guard line.starts(with: Array("HTTP/1.1 ".utf8)), line.count >= 12,
                let code = Self.number(line[9..<12], base: 10), code >= 200
            else { throw ReplySyntaxError() }
            (status, rest, isChunked) = (code, 0, false)
            body.removeAll(keepingCapacity: true)
            stage = .header
        case .header:
            guard line.isEmpty else {
                try readHeader()
                return false
            }
            stage = isChunked ? .chunkSize : .body
            return !isChunked && rest == 0
        case .chunkSize:
            let digits = line.prefix { $0 != UInt8(ascii: ";") }
            guard let size = Self.number(digits, base: 16) else { throw ReplySyntaxError() }
            chunks += 1
            guard chunks <= Self.mostChunks else { throw ReplySyntaxError() }
            rest = size
            stage = size == 0 ? .trailer : .chunk
        case .chunkEnd:
            guard line.isEmpty else { throw ReplySyntaxError() }
            stage = .chunkSize
        case .trailer:
            return line.isEmpty
        case .body, .chunk:
            break
        }
        return false
    }

    private mutating func readHeader() throws(ReplySyntaxError) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { throw ReplySyntaxError() }
        let value = line[(colon + 1)...].filter { $0 != UInt8(ascii: " ") }
        switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
        case "content-length":
            guard let length = Self.number(value[...], base: 10) else { throw ReplySyntaxError() }
            rest = length
        case "transfer-encoding":
            guard value == Array("chunked".utf8) else { throw ReplySyntaxError() }
            isChunked = true
        default:
            break
        }
    }

    /// What a whole reply says; the next one begins behind it.
    private mutating func reply() -> Reply {
        line.removeAll(keepingCapacity: true)
        (stage, lines, chunks) = (.status, 0, 0)
        guard status == 200 else {
            text = Array("-HTTP-\(status) ".utf8) + body
            return .failed
        }
        return Self.holdsKeys(body) ? .done : .missing
    }

    /// Whether a body has the field `kvs`, which no field before it can look like.
    private static func holdsKeys(_ body: [UInt8]) -> Bool {
        let field = Array(#""kvs":"#.utf8)
        return body.indices.dropLast(field.count - 1)
            .contains { body[$0] == field[0] && body[$0..<($0 + field.count)] == field[...] }
    }

    /// A whole number of 1 to 12 digits; `nil` for anything else.
    private static func number(_ digits: ArraySlice<UInt8>, base: Int) -> Int? {
        guard (1...12).contains(digits.count) else { return nil }
        var number = 0
        for digit in digits {
            guard let value = Character(UnicodeScalar(digit)).hexDigitValue, value < base else {
                return nil
            }
            number = number * base + value
        }
        return number
    }
}
