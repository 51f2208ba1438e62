import Engine
import Posix
import Scenario
import ScenarioSupport
import Testing

@testable import HTTP

@Suite("The HTTP client with servers that mean no good", .timeLimit(.minutes(2)))
struct HostileServerTests {
    /// What a client says to a server that sends `text` over and over, in answer to whatever it is asked.
    private func ask(
        _ method: String = "GET",
        repeating text: String,
        then pause: Duration = .zero,
        within limit: Duration = .seconds(20)
    ) throws -> (words: [String], port: UInt16) {
        let place = Place()
        let words = try runUsers { user, notes in
            let listener = try TCPListener(on: user.loop)
            defer { listener.close() }
            place.port = listener.port
            let server = Task(executorPreference: user.loop) {
                let connection = try await listener.accept()
                defer { connection.close() }
                _ = try await connection.read()
                while true {
                    try await connection.write(Array(text.utf8))
                    try await user.loop.sleep(until: user.loop.now + pause.nanoseconds)
                }
            }
            defer { server.cancel() }
            let address = try Address("127.0.0.1:\(listener.port)")
            let client = HTTPClient(user, address, mostBody: 100_000)
            notes.words.append(try await client.request(method, "/", within: limit).text)
        }
        return (words, place.port)
    }

    private final class Place: @unchecked Sendable {
        // Unchecked: it is used by one thread.
        var port: UInt16 = 0
    }

    @Test(
        "that send without end are an error at a bound",
        arguments: [
            ("X: y\r\n", "the answer is no HTTP/1: it begins with \"X: y\""),
            ("HTTP/1.1 100 x\r\n\r\n", "the answer's head is longer than 65536 bytes"),
            ("HTTP/1.1 200 OK\r\n\r\n", "the answer's body is longer than 100000 bytes"),
            ("HTTP/1.1 200 OK", "the answer's head is longer than 65536 bytes"),
        ]
    )
    func endless(text: String, problem: String) throws {
        let (words, port) = try ask(repeating: text)
        #expect(words == ["127.0.0.1:\(port): \(problem)"])
    }

    @Test("that send a byte now and then are an error when the time is over")
    func drip() throws {
        let (words, port) = try ask(
            repeating: "H",
            then: .milliseconds(5),
            within: .milliseconds(300)
        )
        #expect(words == ["127.0.0.1:\(port): no whole answer in time"])
    }

    @Test("that say more than they were asked for are an error")
    func more() throws {
        let (words, port) = try ask(repeating: "HTTP/1.1 204 x\r\n\r\nHTTP/1.1 200 OK\r\n")
        #expect(
            words == [
                "127.0.0.1:\(port): the answer is no HTTP/1: something stands behind it that nobody asked for"
            ]
        )
    }

    @Test("that end the connection are asked once more only for what may be asked twice")
    func once() throws {
        for (method, expected) in [("GET", ["one", "two", "three"]), ("POST", ["one", "two"])] {
            let words = try runUsers { user, notes in
                let listener = try TCPListener(on: user.loop)
                defer { listener.close() }
                // Each connection answers once, and ends with the next request.
                let server = Task(executorPreference: user.loop) {
                    for word in ["one", "two", "three"] {
                        let connection = try await listener.accept()
                        _ = try await connection.read()
                        notes.words.append(word)
                        let text = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                        try await connection.write(Array(text.utf8))
                        _ = try await connection.read()
                        connection.close()
                    }
                }
                defer { server.cancel() }
                let client = HTTPClient(user, try Address("127.0.0.1:\(listener.port)"))
                _ = try await client.get("/")
                _ = try await client.get("/")
                _ = try await client.request(method, "/")
            }
            #expect(Array(words.prefix(expected.count)) == expected, "\(words)")
            let failure = words.last ?? ""
            #expect(
                failure.hasSuffix("the connection ended before the answer") == (method == "POST")
            )
        }
    }
}
