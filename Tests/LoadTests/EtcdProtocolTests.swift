import Testing

@testable import Load

@Suite("etcd's protocol")
struct EtcdProtocolTests {
    /// Feeds bytes in pieces of `size` and returns what was read, with the text of failures.
    private func replies(_ text: String, piecesOf size: Int) throws -> [String] {
        var parser = EtcdReplyParser()
        var found: [String] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            let piece = Array(bytes[start..<min(bytes.count, start + size)])
            try piece.withUnsafeBufferPointer { piece in
                var position = 0
                while let reply = try parser.next(piece, &position) {
                    let words = String(decoding: parser.text, as: UTF8.self)
                    found.append(reply == .failed ? "\(reply) \(words)" : "\(reply)")
                }
                #expect(position == piece.count)
            }
        }
        return found
    }

    private static let header = #"{"header":{"cluster_id":"1","member_id":"2","revision":"3"}"#

    private static func whole(_ body: String, _ status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test("reads replies however they are cut", arguments: Array(1...60))
    func pieces(size: Int) throws {
        let kvs = Self.header + #","kvs":[{"key":"a","value":"b"}],"count":"1"}"#
        let chunked =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
            + "A\r\n\(kvs.prefix(10))\r\n"
            + String(kvs.utf8.count - 10, radix: 16) + ";x=y\r\n\(kvs.dropFirst(10))\r\n"
            + "0\r\nTrailer: x\r\n\r\n"
        let text =
            Self.whole(kvs) + Self.whole(Self.header + "}") + chunked
            + Self.whole(#"{"error":"no space","code":8}"#, "429 Too Many") + Self.whole("")
            + Self.whole(kvs)
        #expect(
            try replies(text, piecesOf: size) == [
                "done", "missing", "done", #"failed -HTTP-429 {"error":"no space","code":8}"#,
                "missing", "done",
            ]
        )
    }

    @Test(
        "refuses what is no reply",
        arguments: [
            "+OK\r\n", "HTTP/1.1 x00 OK\r\n", "HTTP/1.1 100 Continue\r\n",
            "HTTP/1.1 200 OK\r\nno colon\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
            "HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 200),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + String(repeating: "1\r\nx\r\n", count: 20_000),
            "HTTP/1.1 200 OK\r\na: " + String(repeating: "b", count: 70_000),
        ]
    )
    func nonsense(text: String) {
        #expect(throws: ReplySyntaxError.self) { try replies(text, piecesOf: 100) }
    }

    @Test("says its key and value in base 64, and how long it is")
    func requests() {
        let mix = RequestMix(
            firstKey: 0,
            keys: 10,
            distribution: .uniform,
            writeFraction: 0.5,
            valueSize: 4,
            seed: 1
        )
        let workload = EtcdWorkload(mix, servers: [NodeAddress(host: "a", port: 1)])
        func text(_ operation: UInt8) -> String {
            let room = workload.largestRequest
            let bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                guard let start = buffer.baseAddress else { return }
                count = workload.encode(
                    Request(operation: operation, key: 12),
                    asking: false,
                    into: start
                )
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(
            text(0).components(separatedBy: "\r\n") == [
                "POST /v3/kv/range HTTP/1.1", "Host: etcd", "Content-Type: application/json",
                "Content-Length: 34", "", #"{"key":"a2V5OjAwMDAwMDAwMDAxMg=="}"#,
            ]
        )
        let write = text(1).components(separatedBy: "\r\n")
        #expect(write[0] == "POST /v3/kv/put HTTP/1.1")
        #expect(write[3] == "Content-Length: \(write[5].utf8.count)")
        #expect(write[5].hasPrefix(#"{"key":"a2V5OjAwMDAwMDAwMDAxMg==","value":""#))
        #expect(write[5].hasSuffix(#"=="}"#))
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
