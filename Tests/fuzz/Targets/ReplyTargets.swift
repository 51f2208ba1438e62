@testable import Load

/// Readers of what servers answer.
let replyTargets = [
    Target(
        name: "replies",
        seeds: [],
        dictionary: respWords,
        places: [],
        read: { bytes, _ in readInPieces(bytes, RedisReplyParser.self) }
    ),
    Target(
        name: "etcd",
        seeds: [],
        dictionary: httpWords + ["\"kvs\":", "{}"],
        places: [],
        read: { bytes, _ in readInPieces(bytes, EtcdReplyParser.self) }
    ),
    Target(
        name: "slots",
        seeds: [],
        dictionary: respWords,
        places: ["CLUSTER SLOTS", "ReplySyntaxError"],
        read: { bytes, _ in
            guard let (value, _) = try RESPValue.parse(bytes[...]) else { return .accepted }
            let asked = NodeAddress(host: "192.0.2.1", port: 6_379)
            let slots = try ClusterSlots(value, asked: asked)
            _ = slots.unserved
            return .accepted
        }
    ),
]

private let respWords = [
    "\r\n", "\n", "+OK\r\n", "-ERR x\r\n", "-MOVED 1 192.0.2.1:6379\r\n", "-ASK 1 [::1]:1\r\n",
    ":1\r\n", "$-1\r\n",
    "$3\r\nabc\r\n", "*-1\r\n", "*0\r\n", "*2\r\n",
    "*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n192.0.2.1\r\n:6379\r\n",
    "$1073741823\r\n", "*1073741823\r\n", "*9999999999\r\n", "_\r\n", "%1\r\n",
]

/// What answers of HTTP are made of.
let httpWords = [
    "\r\n", "\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 404 Not Found\r\n",
    "HTTP/1.1 100 Continue\r\n", "HTTP/1.0 200\r\n", "Connection: keep-alive\r\n",
    "Content-Length: 2\r\n", "Content-Length: 999999999999\r\n", "content-length:-1\r\n",
    "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip\r\n", "0\r\n\r\n",
    "5\r\nhello\r\n", "ffffffffffff\r\n", "a;x=y\r\n", "\r\n\r\n",
]

/// Looks that the replies in the bytes are the same however the network cuts them.
private func readInPieces<Parser: ReplyParser>(_ bytes: [UInt8], _: Parser.Type) -> Verdict {
    let whole = replies(in: bytes, pieces: bytes.count, Parser())
    for size in [1, 3, 7] where replies(in: bytes, pieces: size, Parser()) != whole {
        return .violated("in pieces of \(size) bytes the replies differ")
    }
    // Whoever asked adds the server.
    return whole.last == "no reply" ? .refused("no reply") : .accepted
}

/// All replies in the bytes, as they come in pieces, with the texts of errors.
private func replies<Parser: ReplyParser>(
    in bytes: [UInt8],
    pieces size: Int,
    _ parser: Parser
) -> [String] {
    var parser = parser
    var found: [String] = []
    var start = 0
    while start < bytes.count {
        let piece = Array(bytes[start..<min(bytes.count, start + max(1, size))])
        start += piece.count
        let isOver = piece.withUnsafeBufferPointer { buffer in
            var position = 0
            do {
                while let reply = try parser.next(buffer, &position) {
                    let text = String(decoding: parser.text, as: UTF8.self)
                    found.append(reply == .failed ? "\(reply) \(text)" : "\(reply)")
                }
                return false
            } catch {
                found.append("no reply")
                return true
            }
        }
        if isOver { break }
    }
    return found
}
