import Engine
import JSON
import Posix
import Testing

@testable import Door

@Suite("A door", .timeLimit(.minutes(2)))
struct DoorServerTests {
    private static let second: Int64 = 1_000_000_000

    private let loop: EventLoop

    init() throws { loop = try EventLoop() }

    private func open(
        token: DoorToken? = nil,
        limits: DoorServer.Limits = DoorServer.Limits()
    ) throws -> DoorServer {
        try DoorServer(at: .own, token: token, on: loop, limits: limits) { request in
            guard request.path != "/large" else {
                return DoorResponse(
                    type: "text/plain",
                    body: [UInt8](repeating: 65, count: 9 << 20)
                )
            }
            return DoorResponse(json: [
                "path": .string(request.path), "bytes": .integer(Int64(request.body.count)),
            ])
        }
    }

    /// Runs clients on the loop of the door until all have ended; what each returns, in their order.
    private func talk(
        _ door: DoorServer,
        _ clients: (@Sendable (EventLoop, TCPAddress) async throws -> String)...
    ) throws -> [String] {
        let (loop, address) = (loop, try TCPAddress("127.0.0.1:\(door.port)"))
        let answers = Answers(clients.count)
        for (index, client) in clients.enumerated() {
            Task(executorPreference: loop) {
                do {
                    answers.texts[index] = try await client(loop, address)
                } catch {
                    answers.texts[index] = "\(error)"
                }
            }
        }
        let ending = loop.run(
            until: { answers.texts.allSatisfy { $0 != nil } },
            before: loop.now + 60 * Self.second
        )
        #expect(ending == .reached)
        door.close()
        _ = loop.run(until: { true }, before: .max)
        return answers.texts.map { $0 ?? "nothing" }
    }

    /// For the loop's thread alone.
    private final class Answers: @unchecked Sendable {
        var texts: [String?]
        init(_ count: Int) { texts = Array(repeating: nil, count: count) }
    }

    /// Sends a text, and returns the status of the answer with its body.
    private static func ask(
        _ text: String,
        _ loop: EventLoop,
        _ address: TCPAddress
    ) async throws -> String {
        let connection = try await TCPConnection.connect(to: address, on: loop)
        defer { connection.close() }
        try await connection.write(Array(text.utf8))
        return try await answer(connection)
    }

    private static func answer(_ connection: TCPConnection) async throws -> String {
        var bytes: [UInt8] = []
        while true {
            let more = try await connection.read()
            guard !more.isEmpty else { break }
            bytes += more
        }
        guard !bytes.isEmpty else { return "nothing" }
        let answer = try DoorClient.parse(bytes, from: "door")
        guard answer.body.count < 1_000 else { return "\(answer.status) \(answer.body.count)" }
        let json = try JSON(parsing: String(decoding: answer.body, as: UTF8.self))
        return "\(answer.status) \(json["error"] ?? json)"
    }

    private static func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(fields)\r\n"
    }

    @Test("answers several at once, each on a connection of its own")
    func several() throws {
        let answers = try talk(
            try open(),
            { try await Self.ask(Self.get("/one"), $0, $1) },
            { try await Self.ask(Self.get("/large"), $0, $1) },
            {
                let head = "POST /two HTTP/1.1\r\nContent-Length: 60000\r\n\r\n"
                return try await Self.ask(head + String(repeating: "x", count: 60_000), $0, $1)
            }
        )
        #expect(
            answers[0]
                == "200 \(JSON.object([.init(name: "path", value: .string("/one")), .init(name: "bytes", value: .integer(0))]))"
        )
        #expect(answers[1] == "200 9437184")
        #expect(answers[2].contains("60000"))
    }

    @Test("refuses what is no request, and its sender gets the reason though much was not read")
    func refused() throws {
        let answers = try talk(
            try open(),
            {
                try await Self.ask(
                    Self.get("/", "A: " + String(repeating: "b", count: 200_000)),
                    $0,
                    $1
                )
            },
            {
                let head = "POST / HTTP/1.1\r\nContent-Length: 500000\r\n\r\n"
                return try await Self.ask(head + String(repeating: "x", count: 500_000), $0, $1)
            },
            { try await Self.ask("\u{16}\u{3}\u{1}\r\n\r\n", $0, $1) }
        )
        #expect(answers[0].hasPrefix("431 "), "\(answers[0])")
        #expect(answers[1].hasPrefix("413 "), "\(answers[1])")
        #expect(answers[2].hasPrefix("400 "), "\(answers[2])")
    }

    @Test("gives up who sends a byte now and then, or nothing, however long it could go on")
    func slow() throws {
        var limits = DoorServer.Limits()
        limits.patience = Self.second / 2
        let answers = try talk(
            try open(limits: limits),
            { loop, address in
                let connection = try await TCPConnection.connect(to: address, on: loop)
                defer { connection.close() }
                // Each byte comes long before the limit; all of them would take a minute.
                let drip = Task(executorPreference: loop) {
                    for byte in Self.get("/", "A: " + String(repeating: "b", count: 1_200)).utf8 {
                        try await connection.write([byte])
                        try await loop.sleep(until: loop.now + Self.second / 20)
                    }
                }
                defer { drip.cancel() }
                return try await Self.answer(connection)
            },
            { loop, address in
                let connection = try await TCPConnection.connect(to: address, on: loop)
                defer { connection.close() }
                return try await Self.answer(connection)
            },
            // Who asks for much and reads nothing is let go of too.
            { loop, address in
                let connection = try await TCPConnection.connect(to: address, on: loop)
                defer { connection.close() }
                try await connection.write(Array(Self.get("/large").utf8))
                try await loop.sleep(until: loop.now + 2 * Self.second)
                do {
                    return try await Self.answer(connection)
                } catch { return "cut off" }
            }
        )
        #expect(answers[0].hasPrefix("408 "), "\(answers[0])")
        #expect(answers[1].hasPrefix("408 "), "\(answers[1])")
        #expect(answers[2] == "cut off" || answers[2] != "200 9437184", "\(answers[2])")
    }

    @Test("lets the one go who has been silent longest when many are there, and answers who asks")
    func many() throws {
        var limits = DoorServer.Limits()
        limits.visitors = 3
        let answers = try talk(
            try open(limits: limits),
            { loop, address in
                var silent: [TCPConnection] = []
                for _ in 0..<10 {
                    silent.append(try await TCPConnection.connect(to: address, on: loop))
                }
                let answer = try await Self.ask(Self.get("/one"), loop, address)
                // The first of them was let go, long before its time is over.
                let end = try await silent[0].read()
                for connection in silent { connection.close() }
                return "\(answer.prefix(3)) \(end.count)"
            }
        )
        #expect(answers == ["200 0"])
    }

    @Test("with a token lets in only who knows it, and says nothing else")
    func token() throws {
        let token = try #require(DoorToken("0123456789abcdef-token"))
        let wrong = "Authorization: Bearer 0123456789abcdef-tokem\r\n"
        let answers = try talk(
            try open(token: token),
            { try await Self.ask(Self.get("/one"), $0, $1) },
            { try await Self.ask(Self.get("/one", wrong), $0, $1) },
            { try await Self.ask(Self.get("/one", "Authorization: Bearer \r\n"), $0, $1) },
            {
                try await Self.ask(
                    Self.get("/one", "Authorization: Basic 0123456789abcdef-token\r\n"),
                    $0,
                    $1
                )
            },
            {
                let twice = "Authorization: Bearer 0123456789abcdef-token\r\n" + wrong
                return try await Self.ask(Self.get("/one", twice), $0, $1)
            },
            // It is refused before its body has come.
            { try await Self.ask("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n", $0, $1) },
            {
                let right = "authorization: bearer 0123456789abcdef-token\r\n"
                return try await Self.ask(Self.get("/one", right), $0, $1)
            }
        )
        for answer in answers.dropLast() { #expect(answer.hasPrefix("401 "), "\(answer)") }
        #expect(answers.last?.hasPrefix("200 ") == true)
    }

    @Test("without a token is asked by no page of a browser, under whatever name it was found")
    func pages() throws {
        let answers = try talk(
            try open(),
            { try await Self.ask("GET / HTTP/1.1\r\nHost: evil.example:80\r\n\r\n", $0, $1) },
            { try await Self.ask("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: a\r\n\r\n", $0, $1) },
            { try await Self.ask(Self.get("/", "Origin: https://evil.example\r\n"), $0, $1) },
            { try await Self.ask("GET / HTTP/1.1\r\nHost: localhost:9200\r\n\r\n", $0, $1) }
        )
        #expect(answers.map { $0.prefix(3) } == ["403", "403", "403", "200"])
    }

    @Test("answers `bench control`'s client, which says what is no door")
    func client() throws {
        let door = try open(token: DoorToken("0123456789abcdef"))
        let address = "127.0.0.1:\(door.port)"
        let client = try DoorClient(address, token: DoorToken("0123456789abcdef"))
        // The client has a loop of its own, and so a thread.
        let (loop, result) = (loop, Answers(1))
        let thread = try SystemThread {
            let text: String
            do {
                let answer = try client.ask("POST", "/one", ["a": .integer(1)])
                text = "\(answer.status) \(String(decoding: answer.body, as: UTF8.self))"
            } catch {
                text = "\(error)"
            }
            loop.perform { _ in result.texts[0] = text }
        }
        _ = loop.run(until: { result.texts[0] != nil }, before: loop.now + 60 * Self.second)
        thread.join()
        door.close()
        _ = loop.run(until: { true }, before: .max)
        #expect(result.texts[0]?.hasPrefix("200 ") == true, "\(result.texts)")
        #expect(result.texts[0]?.contains("\"bytes\": 8") == true, "\(result.texts)")
        #expect(throws: DoorError.self) {
            try DoorClient.parse(Array("SSH-2.0-x\r\n".utf8), from: "x")
        }
        #expect(throws: DoorError.self) { try DoorClient.parse([], from: "x") }
    }
}
