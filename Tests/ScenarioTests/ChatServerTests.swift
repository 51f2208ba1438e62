import Engine
import Testing

@Suite("The chat server")
struct ChatServerTests {
    /// What a session is told, line by line, after it has sent its lines.
    private func talk(
        _ address: String,
        _ body: @escaping @Sendable (EventLoop, TCPAddress, Notes) async throws -> Void
    ) throws -> [String] {
        let loop = try EventLoop()
        let place = try TCPAddress(address)
        let notes = Notes()
        start(on: loop) {
            do { try await body(loop, place, notes) } catch { notes.words.append("\(error)") }
            notes.words.append("end")
        }
        _ = loop.run(until: { notes.words.last == "end" }, before: loop.now + 60 * second)
        return notes.words.dropLast()
    }

    /// Sends a line and returns the answer.
    private static func ask(_ connection: TCPConnection, _ line: String) async throws -> String {
        try await connection.write(Array((line + "\n").utf8))
        return try await connection.readLine() ?? "gone"
    }

    @Test("passes messages on under the session's own name, and refuses any other")
    func spoofing() async throws {
        let (server, address) = try await Programs.chatServer()
        let words = try talk(address) { loop, place, notes in
            let alice = try await TCPConnection.connect(to: place, on: loop)
            let bob = try await TCPConnection.connect(to: place, on: loop)
            notes.words.append(try await Self.ask(alice, #"{"login": "alice"}"#))
            notes.words.append(try await Self.ask(bob, #"{"login": "bob"}"#))
            try await alice.write(Array((#"{"to": "bob", "text": "hi", "id": 7}"# + "\n").utf8))
            notes.words.append(try await bob.readLine() ?? "gone")
            notes.words.append(
                try await Self.ask(alice, #"{"to": "bob", "text": "hi", "from": "eve"}"#)
            )
        }
        #expect(
            words == [
                #"{"ok": "alice"}"#, #"{"ok": "bob"}"#,
                #"{"from": "alice", "text": "hi", "id": 7}"#,
                #"{"error": "who sends is known; leave out \"from\"", "id": null}"#,
            ]
        )
        _ = server
    }

    @Test("says what is wrong with a line, and keeps the session")
    func wrong() async throws {
        let (server, address) = try await Programs.chatServer()
        let words = try talk(address) { loop, place, notes in
            let one = try await TCPConnection.connect(to: place, on: loop)
            for line in [
                "hello", "[1]", #"{"to": "bob", "text": "x"}"#, #"{"login": "a b"}"#,
                #"{"login": "one"}"#,
                #"{"to": "bob", "text": "x", "id": 3}"#, #"{"to": "bob"}"#,
            ] { notes.words.append(try await Self.ask(one, line)) }
            let other = try await TCPConnection.connect(to: place, on: loop)
            notes.words.append(try await Self.ask(other, #"{"login": "one"}"#))
            // A name is free again when its session has ended.
            one.close()
            var answer = ""
            while !answer.contains("ok") {
                answer = try await Self.ask(other, #"{"login": "one"}"#)
            }
            notes.words.append(answer)
        }
        #expect(
            words == [
                #"{"error": "a line must be a JSON object"}"#,
                #"{"error": "a line must be a JSON object"}"#,
                #"{"error": "the first line must be a login"}"#,
                #"{"error": "a name has 1 to 40 letters, digits, - and _"}"#, #"{"ok": "one"}"#,
                #"{"error": "nobody is named \"bob\"", "id": 3}"#,
                #"{"error": "a message has \"to\" and \"text\"", "id": null}"#,
                #"{"error": "the name \"one\" is taken"}"#, #"{"ok": "one"}"#,
            ]
        )
        _ = server
    }

    @Test("a line without end costs its connection, and no other")
    func endless() async throws {
        let (server, address) = try await Programs.chatServer()
        let words = try talk(address) { loop, place, notes in
            let eve = try await TCPConnection.connect(to: place, on: loop)
            let alice = try await TCPConnection.connect(to: place, on: loop)
            notes.words.append(try await Self.ask(alice, #"{"login": "alice"}"#))
            try await eve.write([UInt8](repeating: 65, count: 100_000))
            do {
                notes.words.append("\(try await eve.read().count)")
            } catch { notes.words.append("0") }
            notes.words.append(try await Self.ask(alice, #"{"to": "eve", "text": "x"}"#))
        }
        #expect(
            words == [
                #"{"ok": "alice"}"#, "0", #"{"error": "nobody is named \"eve\"", "id": null}"#,
            ]
        )
        _ = server
    }
}
