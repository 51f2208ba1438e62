import Testing

@testable import HTTP

@Suite("Frames of WebSocket")
struct WebSocketFrameTests {
    private static let hello = Array("Hello".utf8)

    @Test("are written as the standard's examples are")
    func writing() {
        let mask: UInt32 = 0x37FA_213D
        #expect(
            WebSocketFrame(.text, Self.hello).bytes(mask: mask)
                == [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        )
        #expect(
            WebSocketFrame(.pong, Self.hello).bytes(mask: mask)
                == [0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        )
        #expect(
            WebSocketFrame(.text, [], isLast: false).bytes(mask: 0) == [0x01, 0x80, 0, 0, 0, 0]
        )
    }

    @Test(
        "have their length in as many bytes as it needs",
        arguments: [
            (125, [125]), (126, [126, 0, 126]), (65_535, [126, 255, 255]),
            (65_536, [127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] as [(Int, [UInt8])]
    )
    func lengths(count: Int, length: [UInt8]) throws {
        let payload = [UInt8](repeating: 7, count: count)
        let sent = WebSocketFrame(.binary, payload).bytes(mask: 0)
        var expected: [UInt8] = [0x82] + length
        expected[1] |= 0x80
        #expect(Array(sent.prefix(expected.count)) == expected)
        var reader = WebSocketReader(mostBytes: count)
        reader.append([0x82] + length + payload)
        #expect(try reader.next() == .message(.binary(payload)))
    }

    static let read: [UInt8] =
        // The standard's examples: whole, in pieces with a ping between, and empty ones.
        [0x81, 5] + hello + [0x01, 3, 0x48, 0x65, 0x6C, 0x89, 5] + hello + [0x80, 2, 0x6C, 0x6F]
        + [0x81, 0, 0x8A, 0, 0x02, 1, 1, 0x00, 0, 0x80, 1, 2, 0x88, 0, 0x88, 5, 0x0F, 0xA0]
        + Array("bye".utf8)

    static let events: [WebSocketReader.Event] = [
        .message(.text("Hello")), .ping(hello), .message(.text("Hello")), .message(.text("")),
        .pong([]), .message(.binary([1, 2])), .close(.init(code: 1_005, reason: "")),
        .close(.init(code: 4_000, reason: "bye")),
    ]

    @Test("are read however the network cuts them", arguments: [1, 2, 3, 7, 1_000])
    func reading(size: Int) throws {
        var reader = WebSocketReader(mostBytes: 5)
        var events: [WebSocketReader.Event] = []
        var rest = Self.read[...]
        while !rest.isEmpty {
            reader.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
            while let event = try reader.next() { events.append(event) }
        }
        #expect(events == Self.events)
    }

    @Test(
        "that must not be are refused, and the server is told by which code",
        arguments: [
            ([0xC1, 0], 1_002, "a frame of an extension"),
            ([0x83, 0], 1_002, "a frame of the unknown kind 3"),
            ([0x8B, 0], 1_002, "a frame of the unknown kind 11"),
            ([0x81, 0x80], 1_002, "a masked frame"), ([0x80, 0], 1_002, "a piece of no message"),
            ([0x01, 0, 0x81, 0], 1_002, "a message within another one"),
            ([0x09, 0], 1_002, "a frame of control that is long or in pieces"),
            ([0x89, 126], 1_002, "a frame of control that is long or in pieces"),
            ([0x82, 126, 0, 125], 1_002, "a length in more bytes than it needs"),
            (
                [0x82, 127, 0, 0, 0, 0, 0, 0, 255, 255], 1_002,
                "a length in more bytes than it needs"
            ),
            ([0x82, 101], 1_009, "a message of more than 100 bytes"),
            ([0x82, 126, 1, 0], 1_009, "a message of more than 100 bytes"),
            (
                [0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255], 1_009,
                "a message of more than 100 bytes"
            ),
            (
                [0x02, 60] + [UInt8](repeating: 0, count: 60) + [0x80, 41], 1_009,
                "a message of more than 100 bytes"
            ),
            ([0x81, 2, 0xC3, 0x28], 1_007, "a text that is no UTF-8"),
            (
                [0x88, 1, 3], 1_002,
                "a close without a code, or with a reason that is no UTF-8"
            ),
            (
                [0x88, 3, 3, 0xE8, 0xFF], 1_002,
                "a close without a code, or with a reason that is no UTF-8"
            ),
            ([0x88, 2, 3, 0xED], 1_002, "a close with the code 1005"),
        ] as [([UInt8], UInt16, String)]
    )
    func refused(bytes: [UInt8], code: UInt16, problem: String) {
        for size in [bytes.count, 1] {
            #expect(throws: WebSocketReader.Fault(code: code, problem: problem)) {
                var reader = WebSocketReader(mostBytes: 100)
                var rest = bytes[...]
                while !rest.isEmpty {
                    reader.append(Array(rest.prefix(size)))
                    rest = rest.dropFirst(size)
                    while try reader.next() != nil {}
                }
            }
        }
    }

    @Test(
        "that add nothing to a message are bounded, and not those between messages",
        arguments: [[0x00, 0], [0x8A, 0], [0x89, 0]] as [[UInt8]]
    )
    func idle(frame: [UInt8]) throws {
        var reader = WebSocketReader(mostBytes: 100)
        /// The last thing that was said, after so many frames.
        func last(_ begin: [UInt8], _ count: Int, _ end: [UInt8]) throws -> WebSocketReader.Event? {
            reader.append(begin + Array([[UInt8]](repeating: frame, count: count).joined()) + end)
            var last: WebSocketReader.Event?
            while let event = try reader.next() { last = event }
            return last
        }
        for _ in 0..<3 {
            #expect(
                try last([0x01, 1, 97], 10_000, [0x80, 1, 98]) == .message(.text("ab"))
            )
        }
        if frame[0] != 0 { #expect(try last([], 20_000, [0x81, 1, 97]) == .message(.text("a"))) }
        #expect(
            throws: WebSocketReader.Fault(
                code: 1_008,
                problem: "more than 10000 frames within a message that add nothing to it"
            )
        ) { try last([0x01, 0], 10_001, []) }
    }

    @Test("begin with the proof of the standard's example")
    func proof() {
        let greeting = WebSocketGreeting([], key: Array("the sample nonce".utf8))
        #expect(greeting.headers["sec-websocket-key"] == "dGhlIHNhbXBsZSBub25jZQ==")
        #expect(greeting.proof == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test("do not begin with a server that agrees to something else")
    func disagreement() throws {
        let greeting = WebSocketGreeting(["chat"])
        func choice(_ changes: HTTPHeaders, status: Int = 101) throws -> String? {
            var headers = changes
            let usual = [
                ("upgrade", "WebSocket"), ("connection", "keep-alive, Upgrade"),
                ("sec-websocket-accept", greeting.proof),
            ]
            for (name, value) in usual where headers[name] == nil { headers.append(name, value) }
            return try greeting.choice(
                of: HTTPResponse(status: status, headers: headers, body: [], staysOpen: true)
            )
        }
        #expect(try choice([:]) == nil)
        #expect(try choice(["sec-websocket-protocol": "chat"]) == "chat")
        for wrong in [
            ["upgrade": "h2c"], ["connection": "close"], ["sec-websocket-accept": "x"],
            ["sec-websocket-extensions": "permessage-deflate"], ["sec-websocket-protocol": "xmpp"],
        ] as [HTTPHeaders] {
            #expect(throws: HTTPError.Reason.self, "\(wrong)") { try choice(wrong) }
        }
        #expect(throws: HTTPError.Reason.status(method: "GET", 200)) {
            try choice([:], status: 200)
        }
    }
}
