import Testing

@testable import Door

@Suite("A request that arrives at a door")
struct RequestReaderTests {
    private static func read(_ text: String) throws -> DoorRequest? {
        var reader = RequestReader()
        return try reader.take(Array(text.utf8))
    }

    @Test("is read with its path as it was sent, and its body")
    func whole() throws {
        #expect(
            try Self.read("GET /status HTTP/1.1\r\nHost: 127.0.0.1:9200\r\n\r\n")
                == DoorRequest("GET", "/status")
        )
        #expect(
            try Self.read("POST /stop HTTP/1.0\r\ncontent-LENGTH:  2 \r\nA: b: c\r\n\r\n{}more")
                == DoorRequest("POST", "/stop", body: Array("{}".utf8))
        )
        for path in ["/../status", "/%73tatus", "//status", "/status?x=1", "/status/"] {
            #expect(try Self.read("GET \(path) HTTP/1.1\r\n\r\n")?.path == path)
        }
    }

    @Test("is the same wherever the network cuts it, and is not whole before its last byte")
    func pieces() throws {
        let bytes = Array("POST /x HTTP/1.1\r\nA: 1\r\nContent-Length: 5\r\n\r\n\r\n{}\n".utf8)
        for cut in 1..<bytes.count {
            var reader = RequestReader()
            #expect(try reader.take(bytes[..<cut]) == nil)
            let request = try reader.take(bytes[cut...])
            #expect(request == DoorRequest("POST", "/x", body: Array("\r\n{}\n".utf8)))
        }
        var reader = RequestReader()
        for byte in bytes.dropLast() { #expect(try reader.take([byte]) == nil) }
        #expect(try reader.take([bytes[bytes.count - 1]]) != nil)
    }

    private static let head = "POST / HTTP/1.1\r\n"

    @Test(
        "is refused with what is wrong, as soon as that is known",
        arguments: [
            ("GET /\r\n\r\n", "400: the first line must be METHOD PATH HTTP/1.1"),
            ("\r\nGET / HTTP/1.1\r\n\r\n", "400: the first line must be METHOD PATH HTTP/1.1"),
            ("GET  / HTTP/1.1\r\n\r\n", "400: the first line must be METHOD PATH HTTP/1.1"),
            ("GET / x HTTP/1.1\r\n\r\n", "400: the first line must be METHOD PATH HTTP/1.1"),
            ("G(T / HTTP/1.1\r\n\r\n", "400: the first line must be METHOD PATH HTTP/1.1"),
            ("GET http://a/ HTTP/1.1\r\n\r\n", "400: a path begins with \"/\""),
            ("GET * HTTP/1.1\r\n\r\n", "400: a path begins with \"/\""),
            ("GET / HTTP/2.0\r\n\r\n", "505: only HTTP/1.1 and HTTP/1.0 are spoken here"),
            ("GET / http/1.1\r\n\r\n", "505: only HTTP/1.1 and HTTP/1.0 are spoken here"),
            ("GET / HTTP/1.1\nA: b\r\n\r\n", "400: lines end in CR and LF"),
            ("GET / HTTP/1.1\rA: b\r\n\r\n", "400: lines end in CR and LF"),
            ("GET / HTTP/1.1\r\nA: \0b\r\n\r\n", "400: the head of a request is plain ASCII"),
            ("GET /ä HTTP/1.1\r\n\r\n", "400: the head of a request is plain ASCII"),
            (head + "Host\r\n\r\n", "400: a header field must be NAME: VALUE"),
            (head + ": x\r\n\r\n", "400: a header field must be NAME: VALUE"),
            (head + "A : x\r\n\r\n", "400: a header field must be NAME: VALUE"),
            (head + "A: x\r\n y\r\n\r\n", "400: a header field must be NAME: VALUE"),
            (
                head + "Transfer-Encoding: chunked\r\n\r\n",
                "501: no transfer coding is understood: send a Content-Length"
            ),
            (
                head + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
                "400: Content-Length must be one whole number"
            ),
            (head + "Content-Length: -1\r\n\r\n", "400: Content-Length must be one whole number"),
            (head + "Content-Length: +1\r\n\r\n", "400: Content-Length must be one whole number"),
            (head + "Content-Length: 0x1\r\n\r\n", "400: Content-Length must be one whole number"),
            (head + "Content-Length: \r\n\r\n", "400: Content-Length must be one whole number"),
            (
                head + "Content-Length: 99999999999999999999\r\n\r\n",
                "400: Content-Length must be one whole number"
            ),
            (head + "Content-Length: 65537\r\n\r\n", "413: a body has at most 65536 bytes"),
            (
                head + String(repeating: "A: b\r\n", count: 65) + "\r\n",
                "431: more than 64 header fields"
            ),
            (
                head + "A: " + String(repeating: "b", count: 9_000),
                "431: the head of a request has at most 8192 bytes"
            ),
            (
                "GET /" + String(repeating: "a", count: 9_000) + " HTTP/1.1\r\n\r\n",
                "431: the head of a request has at most 8192 bytes"
            ),
        ]
    )
    func refused(text: String, problem: String) {
        let refusal = #expect(throws: Refusal.self) { try Self.read(text) }
        #expect(refusal?.description == problem)
    }

    @Test("may have as many fields, and as long a body, as it says")
    func most() throws {
        let fields = String(repeating: "A: b\r\n", count: 63)
        let body = String(repeating: "x", count: 65_536)
        let request = try Self.read(Self.head + fields + "Content-Length: 65536\r\n\r\n" + body)
        #expect(request?.body.count == 65_536)
    }

    @Test("may have a head as long as it says, whole or byte by byte", arguments: [8_192, 8_193])
    func longestHead(length: Int) throws {
        let start = "GET / HTTP/1.1\r\nA: "
        let filler = String(repeating: "b", count: length - start.utf8.count)
        let bytes = Array((start + filler + "\r\n\r\n").utf8)
        for size in [1, bytes.count] {
            var reader = RequestReader()
            var request: DoorRequest?
            let problem = Result {
                for first in stride(from: 0, to: bytes.count, by: size) {
                    request = try reader.take(bytes[first..<(first + size)])
                }
            }
            if length == 8_192 {
                #expect(request == DoorRequest("GET", "/"), "\(problem)")
            } else {
                #expect(throws: Refusal.self) { try problem.get() }
            }
        }
    }
}
