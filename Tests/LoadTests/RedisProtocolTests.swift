import Testing

@testable import Load

@Suite("Redis protocol")
struct RedisProtocolTests {
    /// Feeds bytes in pieces of `size` and returns what was read, with the text of failures.
    private func replies(_ text: String, piecesOf size: Int) throws -> [String] {
        var parser = RedisReplyParser()
        var found: [String] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            let piece = Array(bytes[start..<min(bytes.count, start + size)])
            try piece.withUnsafeBufferPointer { piece in
                var position = 0
                while let reply = try parser.next(piece, &position) {
                    let hasText = [.failed, .moved, .ask].contains(reply)
                    let words = String(decoding: parser.text, as: UTF8.self)
                    found.append(hasText ? "\(reply) \(words)" : "\(reply)")
                }
                #expect(position == piece.count)
            }
        }
        return found
    }

    @Test("reads replies however they are cut", arguments: Array(1...40))
    func pieces(size: Int) throws {
        let text =
            "+OK\r\n$-1\r\n$5\r\nhe\r\no\r\n$0\r\n\r\n-ERR no\r\n:12\r\n"
            + "-MOVED 3999 127.0.0.1:6381\r\n-ASK 1 h:2\r\n"
            + "*3\r\n$1\r\na\r\n*2\r\n:1\r\n+b\r\n:2\r\n*0\r\n+OK\r\n"
        #expect(
            try replies(text, piecesOf: size) == [
                "done", "missing", "done", "done", "failed -ERR no", "done",
                "moved -MOVED 3999 127.0.0.1:6381", "ask -ASK 1 h:2", "done", "done", "done",
            ]
        )
    }

    @Test(
        "refuses what is no reply",
        arguments: [
            "HTTP/1.1 200 OK\r\n", "\r\n", "$x\r\n", "$\r\n", "*1025\r\n",
            String(repeating: "*1\r\n", count: 1_100), "+" + String(repeating: "x", count: 70_000),
        ]
    )
    func nonsense(text: String) {
        #expect(throws: ReplySyntaxError.self) { try replies(text, piecesOf: 100) }
    }

    @Test("gives up a reply of ever more values before they are too many to count")
    func nested() {
        let text = String(repeating: "*9999999999\r\n", count: 200)
        #expect(throws: ReplySyntaxError.self) { try replies(text, piecesOf: 100) }
    }

    @Test(
        "hash slots are those of the cluster's specification, with hash tags",
        arguments: [
            ("123456789", 0x31C3), ("", 0), ("foo", 12_182), ("bar", 5_061),
            ("foo{hash_tag}", 2_515),
            ("{user1000}.following", 3_443), ("{user1000}.followers", 3_443),
            ("foo{}{bar}", 8_363), ("foo{{bar}}zap", 4_015), ("foo{bar}{zap}", 5_061),
        ]
    )
    func slots(key: String, slot: Int) {
        #expect(HashSlot.slot(of: key) == slot)
    }

    @Test("reads who serves which slots, also where a server does not know its own host")
    func clusterSlots() throws {
        let text =
            "*2\r\n"
            + "*3\r\n:0\r\n:8000\r\n*3\r\n$9\r\n127.0.0.1\r\n:7001\r\n$2\r\nid\r\n"
            + "*4\r\n:8001\r\n:16000\r\n*2\r\n$0\r\n\r\n:7002\r\n*2\r\n$1\r\nr\r\n:7003\r\n"
        let value = try #require(try RESPValue.parse(Array(text.utf8)[...])).value
        let slots = try ClusterSlots(value, asked: NodeAddress(host: "10.0.0.9", port: 1))
        #expect(slots.servers.map(\.description) == ["127.0.0.1:7001", "10.0.0.9:7002"])
        #expect(slots.owners[0] == 0)
        #expect(slots.owners[8_001] == 1)
        #expect(slots.owners[16_001] == -1)
        #expect(slots.unserved == 383)
        for length in 0..<text.utf8.count {
            #expect(try RESPValue.parse(Array(text.utf8.prefix(length))[...]) == nil)
        }
    }

    @Test("reads no more ranges of slots than there are slots")
    func manyRanges() {
        let range: RESPValue = .array([
            .number(0), .number(16_383), .array([.text("127.0.0.1"), .number(1)]),
        ])
        #expect(throws: ClusterSlots.Fault.unknownShape) {
            try ClusterSlots(
                .array(Array(repeating: range, count: HashSlot.count + 1)),
                asked: NodeAddress(host: "127.0.0.1", port: 1)
            )
        }
    }

    @Test("writes requests as the protocol has them")
    func requests() {
        let settings = RequestMix(
            firstKey: 0,
            keys: 10,
            distribution: .sequence,
            writeFraction: 0,
            valueSize: 3,
            seed: 1
        )
        let server = NodeAddress(host: "127.0.0.1", port: 1)
        let workload = RedisWorkload(settings, servers: [server], topology: nil)
        var buffer = [UInt8](repeating: 0, count: workload.largestRequest)
        func text(_ operation: UInt8, asking: Bool) -> String {
            let request = Request(operation: operation, key: 42)
            let count = buffer.withUnsafeMutableBufferPointer { buffer in
                buffer.baseAddress.map { workload.encode(request, asking: asking, into: $0) } ?? 0
            }
            return String(decoding: buffer.prefix(count), as: UTF8.self)
        }
        let get = "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000042\r\n"
        #expect(text(0, asking: false) == get)
        #expect(text(0, asking: true) == "*1\r\n$6\r\nASKING\r\n" + get)
        let set = text(1, asking: true)
        #expect(
            set.hasPrefix(
                "*1\r\n$6\r\nASKING\r\n*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000042\r\n$3\r\n"
            )
        )
        #expect(set.utf8.count == workload.largestRequest)
        #expect(set == text(1, asking: true))
    }
}
