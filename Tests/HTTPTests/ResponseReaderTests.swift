import Testing

@testable import HTTP

@Suite("The reader of answers")
struct ResponseReaderTests {
    /// What came of bytes that arrive in pieces, and then the connection's end.
    private func read(
        _ text: String,
        pieces size: Int = .max,
        to method: String = "GET",
        mostBody: Int = 1_000
    ) throws(HTTPError.Reason) -> HTTPResponse {
        var reader = ResponseReader(to: method, mostBody: mostBody)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            if let response = try reader.take(piece) { return response }
        }
        return try reader.end()
    }

    static let whole: [(String, Int, String, Bool)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", true),
        ("HTTP/1.1 200\r\ncontent-length:0\r\n\r\n", 200, "", true),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, "", true),
        ("HTTP/1.1 304 x\r\nContent-Length: 99\r\n\r\n", 304, "", true),
        ("HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\na", 200, "a", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", 200, "a", false),
        (
            "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\na", 200, "a",
            true
        ),
        ("HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, "until the end", false),
        ("HTTP/1.1 404 Not Found\r\nX: \t a b \t\r\nContent-Length: 2\r\n\r\nno", 404, "no", true),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
                + "5\r\nhello\r\n00a;n=v; x\r\n, and more!\r\n0\r\nTrailer: x\r\n\r\n"
                .replacing("and more!", with: "andmore!"),
            200, "hello, andmore!", true
        ),
        (
            "HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            200, "a", true
        ),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", 101, "", true),
    ]

    @Test("takes whole answers, however the network cuts them", arguments: whole)
    func wholes(text: String, status: Int, body: String, staysOpen: Bool) throws {
        for size in [Int.max, 1, 2, 3, 7] {
            let response = try read(text, pieces: size)
            #expect(response.status == status)
            #expect(response.text == body)
            #expect(response.staysOpen == staysOpen)
        }
    }

    @Test("takes a body in as many chunks as it has bytes")
    func manyChunks() throws {
        let ten = Self.chunked + String(repeating: "a\r\n0123456789\r\n", count: 20_000)
        let one = Self.chunked + String(repeating: "1;x=y\r\nz\r\n", count: 100_000)
        for size in [Int.max, 1_000, 7] {
            #expect(
                try read(ten + "0\r\n\r\n", pieces: size, mostBody: 200_000).body.count == 200_000
            )
            #expect(
                try read(one + "0\r\n\r\n", pieces: size, mostBody: 100_000).body.count == 100_000
            )
        }
    }

    @Test("keeps headers in order, without the space around them, and finds them in any case")
    func headers() throws {
        let response = try read(
            "HTTP/1.1 200 OK\r\nX-A:  one \r\nx-a: two\r\nContent-Length: 0\r\n\r\n"
        )
        #expect(response.headers["X-a"] == "one")
        #expect(response.headers.all("x-a") == ["one", "two"])
        #expect(response.headers["y"] == nil)
    }

    @Test("takes no body for an answer to HEAD, whatever its length says")
    func head() throws {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"
        #expect(try read(text, to: "HEAD").body == [])
    }

    @Test("says what arrived behind an answer")
    func rest() throws {
        var reader = ResponseReader(to: "GET", mostBody: 9)
        let response = try reader.take(Array("HTTP/1.1 101 x\r\n\r\nab".utf8))
        #expect(response?.status == 101)
        #expect(reader.rest == [97, 98])
    }

    static let head = "HTTP/1.1 200 OK\r\n"
    static let chunked = head + "Transfer-Encoding: chunked\r\n\r\n"
    /// Bytes that are no answer; a test shows why, since they may be many.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let text: String
        let reason: HTTPError.Reason
        var testDescription: String { "\(reason)" }
    }

    static let wrong: [(String, HTTPError.Reason)] = [
        ("SSH-2.0-x\r\n", .malformed("it begins with \"SSH-2.0-x\"")),
        ("HTTP/2 200 OK\r\n", .malformed("it begins with \"HTTP/2 200 OK\"")),
        ("HTTP/1.1 99 x\r\n", .malformed("it begins with \"HTTP/1.1 99 x\"")),
        ("HTTP/1.1 600 x\r\n", .malformed("it begins with \"HTTP/1.1 600 x\"")),
        ("HTTP/1.1 2000\r\n", .malformed("it begins with \"HTTP/1.1 2000\"")),
        ("HTTP/1.1 \u{1}\r\n", .malformed("it begins with \"HTTP/1.1 ?\"")),
        ("HTTP/1.1 200 OK\n", .malformed("a line does not end in CR LF")),
        (head + "A b: c\r\n", .malformed("bad header \"A b: c\"")),
        (head + "A : c\r\n", .malformed("bad header \"A : c\"")),
        (head + ": c\r\n", .malformed("bad header \": c\"")),
        (head + "A: b\r\n c\r\n", .malformed("bad header \" c\"")),
        (head + "A: b\rC: d\r\n", .malformed("bad header \"A: b?C: d\"")),
        (head + "A: \0\r\n", .malformed("bad header \"A: ?\"")),
        (
            head + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
            .malformed("it has two Content-Lengths")
        ),
        (
            head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            .malformed("it has a Content-Length and a Transfer-Encoding")
        ),
        (head + "Content-Length: +5\r\n\r\n", .malformed("bad Content-Length \"+5\"")),
        (head + "Content-Length: 5, 5\r\n\r\n", .malformed("bad Content-Length \"5, 5\"")),
        (head + "Content-Length: -1\r\n\r\n", .malformed("bad Content-Length \"-1\"")),
        (head + "Content-Length:\r\n\r\n", .malformed("bad Content-Length \"\"")),
        (
            head + "Transfer-Encoding: gzip, chunked\r\n\r\n",
            .malformed("unknown Transfer-Encoding \"gzip, chunked\"")
        ),
        (
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            .malformed("unknown Transfer-Encoding \"chunked\"")
        ),
        (chunked + "x\r\n", .malformed("bad size of a chunk \"x\"")),
        (chunked + "\r\n", .malformed("bad size of a chunk \"\"")),
        (chunked + "-1\r\n", .malformed("bad size of a chunk \"-1\"")),
        (
            chunked + "00000000000000001\r\n",
            .malformed("bad size of a chunk \"00000000000000001\"")
        ),
        (chunked + "2\r\nab\n0\r\n\r\n", .malformed("a line does not end in CR LF")),
        (chunked + "2\r\nabc\r\n0\r\n\r\n", .malformed("a chunk is longer than its size")),
        (chunked + "2\r\nabc\r\r\n0\r\n\r\n", .malformed("a chunk is longer than its size")),
        // Too large, as soon as it is known.
        (head + "Content-Length: 1001\r\n\r\n", .bodyTooLarge(limit: 1_000)),
        (head + "Content-Length: 99999999999999999999\r\n\r\n", .bodyTooLarge(limit: 1_000)),
        (chunked + "3e9\r\n", .bodyTooLarge(limit: 1_000)),
        (chunked + "ffffffffffffffff\r\n", .bodyTooLarge(limit: 1_000)),
        (chunked + "1\r\na\r\n3e8\r\n", .bodyTooLarge(limit: 1_000)),
        (head + "\r\n" + String(repeating: "x", count: 1_001), .bodyTooLarge(limit: 1_000)),
        (head + "A: " + String(repeating: "x", count: 65_536), .headTooLarge(limit: 65_536)),
        (head + String(repeating: "A: b\r\n", count: 20_000), .headTooLarge(limit: 65_536)),
        (
            String(repeating: "HTTP/1.1 100 x\r\n\r\n", count: 5_000),
            .headTooLarge(limit: 65_536)
        ),
        (chunked + String(repeating: "1\r\na\r\n", count: 1_001), .bodyTooLarge(limit: 1_000)),
        (
            chunked + "0\r\n" + String(repeating: "A: b\r\n", count: 20_000),
            .headTooLarge(limit: 65_536)
        ),
        (
            chunked + "1;" + String(repeating: "x", count: 4_096),
            .malformed("the size of a chunk is a line of more than 4096 bytes")
        ),
        (
            chunked
                + String(
                    repeating: "1;" + String(repeating: "x", count: 200) + "\r\na\r\n",
                    count: 1_000
                ),
            .malformed("its body is little beside the sizes of its chunks")
        ),
        // Cut off.
        ("", .cutOff("before the answer")), ("HTTP/1.1 2", .cutOff("within the answer's head")),
        (head + "A: b\r\n", .cutOff("within the answer's head")),
        ("HTTP/1.1 100 Continue\r\n\r\n", .cutOff("within the answer's head")),
        (head + "Content-Length: 5\r\n\r\nhell", .cutOff("within the answer's body")),
        (chunked + "5\r\nhello\r\n", .cutOff("within the answer's body")),
        (chunked + "5\r\nhello\r\n0\r\n", .cutOff("within the answer's body")),
    ]

    @Test(
        "refuses what is no answer, by the same reason however it is cut",
        arguments: wrong.map(Wrong.init)
    )
    func refused(wrong: Wrong) {
        for size in [Int.max, 1, 7] {
            #expect(throws: wrong.reason) { try read(wrong.text, pieces: size) }
        }
    }
}
