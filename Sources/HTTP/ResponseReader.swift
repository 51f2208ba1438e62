/// An answer of HTTP/1 out of what arrives, however the network cuts it.
///
/// It is strict where servers and proxies have been led astray (RFC 9112, section 11): one length only, no folded lines, no
/// bare ends of line. What is longer than its limits is an error as soon as that is known.
package struct ResponseReader {
    /// The most bytes of status lines, header fields and trailers of one answer.
    package static let mostHead = 65_536
    /// The most bytes of a line with the size of a chunk.
    package static let mostChunkLine = 4_096
    /// So many bytes of such lines may come with each byte of the body, beside ``mostHead``: a chunk of one byte has five.
    package static let chunkShare = 16

    private enum State {
        case status, headers
        case whole(left: Int)
        case chunkSize, chunk(left: Int), chunkEnd, trailers
        case untilEnd
    }

    private let isHead: Bool
    private let mostBody: Int
    private var state = State.status
    /// What has arrived and was not understood yet.
    private var bytes: [UInt8] = []
    private var start = 0
    /// How far no end of a line was found.
    private var searched = 0
    private var headCount = 0
    private var chunkCount = 0
    private var status = 0
    private var isOld = false
    private var headers: HTTPHeaders = [:]
    private var body: [UInt8] = []

    /// Makes a reader of one answer.
    ///
    /// - Parameters:
    ///   - method: What the request asked for; the answer to `HEAD` has no body.
    ///   - mostBody: The longest body that is taken, in bytes.
    package init(to method: String, mostBody: Int) {
        isHead = method == "HEAD"
        self.mostBody = mostBody
    }

    /// Whether nothing has arrived.
    package private(set) var isEmpty = true
    /// What arrived behind the answer.
    package var rest: [UInt8] { Array(bytes[start...]) }

    /// Takes what has arrived; returns the answer when it is whole.
    package mutating func take(_ arrived: [UInt8]) throws(HTTPError.Reason) -> HTTPResponse? {
        if !arrived.isEmpty { isEmpty = false }
        if start > 0 {
            bytes.removeFirst(start)
            searched -= start
            start = 0
        }
        bytes += arrived
        while true {
            switch state {
            case .status:
                guard let line = try line() else { return nil }
                try readStatus(line)
                state = .headers
            case .headers:
                guard let line = try line() else { return nil }
                if !line.isEmpty { try readField(line) } else if try beginBody() { return answer() }
            case .whole(let left):
                let count = move(left)
                guard count == left else {
                    state = .whole(left: left - count)
                    return nil
                }
                return answer()
            case .chunkSize:
                guard let line = try chunkLine() else { return nil }
                let size = try chunkSize(line)
                guard size <= mostBody - body.count else { throw .bodyTooLarge(limit: mostBody) }
                state = size == 0 ? .trailers : .chunk(left: size)
            case .chunk(let left):
                let count = move(left)
                guard count == left else {
                    state = .chunk(left: left - count)
                    return nil
                }
                state = .chunkEnd
            case .chunkEnd:
                guard let line = try chunkLine() else { return nil }
                guard line.isEmpty else { throw .malformed("a chunk is longer than its size") }
                state = .chunkSize
            case .trailers:
                guard let line = try line() else { return nil }
                if line.isEmpty { return answer() }
                _ = try field(line)
            case .untilEnd:
                guard bytes.count - start <= mostBody - body.count else {
                    throw .bodyTooLarge(limit: mostBody)
                }
                _ = move(.max)
                return nil
            }
        }
    }

    /// The connection has ended; returns the answer if its end is the body's.
    package mutating func end() throws(HTTPError.Reason) -> HTTPResponse {
        switch state {
        case .untilEnd: return answer()
        case .status where isEmpty: throw .cutOff("before the answer")
        case .status, .headers: throw .cutOff("within the answer's head")
        default: throw .cutOff("within the answer's body")
        }
    }

    private func answer() -> HTTPResponse {
        let isLast = headers.list("connection", has: "close")
        let stays: Bool =
            switch state {
            case .untilEnd: false
            default: isOld ? headers.list("connection", has: "keep-alive") && !isLast : !isLast
            }
        return HTTPResponse(status: status, headers: headers, body: body, staysOpen: stays)
    }

    /// Moves at most so many bytes to the body.
    private mutating func move(_ most: Int) -> Int {
        let count = min(most, bytes.count - start)
        body += bytes[start..<start + count]
        forget(count)
        return count
    }

    private mutating func forget(_ count: Int) {
        start += count
        searched = start
        guard start == bytes.count else { return }
        bytes.removeAll(keepingCapacity: true)
        start = 0
        searched = 0
    }

    /// Takes the next line of the head or the trailers without its end; `nil` if it is not whole yet.
    private mutating func line() throws(HTTPError.Reason) -> [UInt8]? {
        let line = try line(
            upTo: Self.mostHead - headCount,
            otherwise: .headTooLarge(limit: Self.mostHead)
        )
        headCount += line.map { $0.count + 2 } ?? 0
        return line
    }

    /// Takes the next line between the bytes of the body, in chunks, without its end.
    ///
    /// All of them are bounded by what comes of the body, not by the head: small chunks are no fault.
    private mutating func chunkLine() throws(HTTPError.Reason) -> [UInt8]? {
        let room = Self.mostHead + Self.chunkShare * body.count - chunkCount
        let problem =
            room < Self.mostChunkLine
            ? "its body is little beside the sizes of its chunks"
            : "the size of a chunk is a line of more than \(Self.mostChunkLine) bytes"
        let line = try line(
            upTo: min(room, Self.mostChunkLine),
            otherwise: .malformed(problem)
        )
        chunkCount += line.map { $0.count + 2 } ?? 0
        return line
    }

    private mutating func line(
        upTo most: Int,
        otherwise reason: HTTPError.Reason
    ) throws(HTTPError.Reason) -> [UInt8]? {
        let end = bytes[max(start, searched)...].firstIndex(of: 10)
        searched = bytes.count
        let count = (end.map { $0 + 1 } ?? bytes.count) - start
        guard count <= most else { throw reason }
        guard let end else { return nil }
        guard end > start, bytes[end - 1] == 13 else {
            throw .malformed("a line does not end in CR LF")
        }
        let line = Array(bytes[start..<end - 1])
        forget(count)
        return line
    }

    // MARK: Lines

    private mutating func readStatus(_ line: [UInt8]) throws(HTTPError.Reason) {
        // HTTP/1.1 200 OK, whose last word may be missing.
        let isWhole = line.count == 12 || line.count > 12 && line[12] == 32
        let code = line.dropFirst(9).prefix(3)
        guard isWhole, line.starts(with: "HTTP/1.".utf8), line[7] == 48 || line[7] == 49,
            line[8] == 32, code.allSatisfy({ (48...57).contains($0) }),
            let status = Int(String(decoding: code, as: UTF8.self)), (100...599).contains(status)
        else { throw .malformed("it begins with \"\(Self.shown(line))\"") }
        self.status = status
        isOld = line[7] == 48
        headers = [:]
    }

    private mutating func readField(_ line: [UInt8]) throws(HTTPError.Reason) {
        let field = try field(line)
        headers.append(field.name, field.value)
    }

    private func field(_ line: [UInt8]) throws(HTTPError.Reason) -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: 58), colon > 0,
            line[..<colon].allSatisfy(HTTPSyntax.isToken),
            line[colon...].allSatisfy(HTTPSyntax.isValue)
        else { throw .malformed("bad header \"\(Self.shown(line))\"") }
        var value = line[(colon + 1)...].drop { $0 == 32 || $0 == 9 }
        while let last = value.last, last == 32 || last == 9 { value.removeLast() }
        return (
            String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)
        )
    }

    /// The headers are over; returns whether the answer is too.
    private mutating func beginBody() throws(HTTPError.Reason) -> Bool {
        // Word that the answer will come, but for 101, behind which something else begins.
        if status < 200, status != 101 {
            state = .status
            return false
        }
        let lengths = headers.all("content-length")
        let codings = headers.all("transfer-encoding")
        guard lengths.count <= 1 else { throw .malformed("it has two Content-Lengths") }
        guard codings.isEmpty || lengths.isEmpty else {
            throw .malformed("it has a Content-Length and a Transfer-Encoding")
        }
        guard
            codings.isEmpty || !isOld && codings.count == 1 && codings[0].lowercased() == "chunked"
        else {
            throw .malformed("unknown Transfer-Encoding \"\(codings.joined(separator: ", "))\"")
        }
        let length = try lengths.first.map(contentLength)
        if isHead || status == 101 || status == 204 || status == 304 {
            state = .whole(left: 0)
            return true
        }
        if !codings.isEmpty {
            state = .chunkSize
        } else if let length {
            guard length <= mostBody else { throw .bodyTooLarge(limit: mostBody) }
            state = .whole(left: length)
        } else {
            state = .untilEnd
        }
        return false
    }

    private func contentLength(_ text: String) throws(HTTPError.Reason) -> Int {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            throw .malformed("bad Content-Length \"\(Self.shown(Array(text.utf8)))\"")
        }
        // What is no number of 63 bits is too large in any case.
        return Int(text) ?? .max
    }

    private func chunkSize(_ line: [UInt8]) throws(HTTPError.Reason) -> Int {
        let digits = line.prefix { $0 != 59 && $0 != 32 && $0 != 9 }
        guard (1...16).contains(digits.count), line.allSatisfy(HTTPSyntax.isValue),
            digits.allSatisfy({ "0123456789abcdefABCDEF".utf8.contains($0) })
        else { throw .malformed("bad size of a chunk \"\(Self.shown(line))\"") }
        return Int(String(decoding: digits, as: UTF8.self), radix: 16) ?? .max
    }

    /// The beginning of a line as a message may show it.
    private static func shown(_ line: [UInt8]) -> String {
        let start = line.prefix(40).map { (0x20...0x7E).contains($0) ? $0 : 63 }
        return String(decoding: start, as: UTF8.self) + (line.count > 40 ? "…" : "")
    }
}
