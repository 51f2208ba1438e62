import Engine
import Foundation
import Scenario
import ScenarioSupport
import TestSupport
import Testing

@testable import HTTP

@Suite("The HTTP client with nginx", .timeLimit(.minutes(2)))
struct HTTPClientTests {
    private func nginx(_ settings: String = "") async throws -> NginxServer {
        let folder = try TemporaryFolder()
        try folder.write("hello\n", to: "root/index.html")
        try folder.write(String(repeating: "0123456789", count: 500_000), to: "root/large")
        return try await NginxServer.start(
            """
            add_header x-connection $connection always;
            location /chunked { echo one; echo two; }
            location /status/204 { return 204; }
            location /status/303 { return 303 /; }
            location /status/503 { return 503 "busy"; }
            location /echo { echo_read_request_body; echo_request_body; }
            \(settings)
            """,
            folder: folder
        )
    }

    @Test("bodies of every kind arrive whole, over one connection")
    func bodies() async throws {
        let server = try await nginx()
        let address = try Address(server.address)
        let words = try runUsers { user, notes in
            let client = HTTPClient(user, address)
            var responses = [try await client.get("/"), try await client.get("/chunked")]
            let large = try await client.get("/large")
            #expect(large.body.count == 5_000_000)
            responses.append(try await client.request("HEAD", "/large"))
            #expect(responses[2].headers["content-length"] == "5000000")
            responses.append(try await client.get("/status/204"))
            responses.append(try await client.get("/status/303"))
            responses.append(try await client.post("/echo", "a text"))
            let long = String(repeating: "long ", count: 100_000)
            #expect(try await client.post("/echo", long).text == long)
            for response in responses {
                let text = response.status == 303 ? "" : response.text
                notes.words.append("\(response.status) \(text)")
            }
            let connections = Set((responses + [large]).map { $0.headers["x-connection"] })
            #expect(connections.count == 1)
        }
        #expect(
            words == ["200 hello\n", "200 one\ntwo\n", "200 ", "204 ", "303 ", "200 a text"]
        )
    }

    @Test("a status that is not taken is an error, and the connection stays")
    func status() async throws {
        let server = try await nginx()
        let address = try Address(server.address)
        let words = try runUsers { user, notes in
            let client = HTTPClient(user, address)
            let first = try await client.get("/")
            for path in ["/status/503", "/missing"] {
                do { _ = try await client.get(path) } catch { notes.words.append("\(error)") }
            }
            let taken = try await client.request("GET", "/status/503", accepting: 503...503)
            notes.words.append(taken.text)
            #expect(taken.headers["x-connection"] == first.headers["x-connection"])
        }
        #expect(
            words == [
                "\(address): GET was answered with status 503",
                "\(address): GET was answered with status 404", "busy",
            ]
        )
    }

    @Test("a server that ends connections, before or behind a request, is asked on new ones")
    func ended() async throws {
        let server = try await nginx("keepalive_requests 2;")
        let impatient = try await nginx("keepalive_timeout 20ms;")
        for (server, pause, count) in [(server, 0, 3), (impatient, 100, 6)] {
            let address = try Address(server.address)
            let words = try runUsers { user, notes in
                let client = HTTPClient(user, address)
                for _ in 0..<6 {
                    let response = try await client.get("/")
                    #expect(response.text == "hello\n")
                    notes.words.append(response.headers["x-connection"] ?? "")
                    try await user.sleep(for: .milliseconds(pause))
                }
            }
            #expect(words.count == 6)
            #expect(Set(words).count == count, "\(words)")
        }
    }

    @Test("a server that stands still ends a request by its time, and is well again later")
    func still() async throws {
        let server = try await nginx()
        let address = try Address(server.address)
        let words = try runUsers { user, notes in
            let client = HTTPClient(user, address)
            _ = try await client.get("/")
            server.send(SIGSTOP)
            do {
                _ = try await client.get("/", within: .milliseconds(50))
            } catch { notes.words.append("\(error)") }
            server.send(SIGCONT)
            notes.words.append(try await client.get("/").text)
        }
        #expect(words == ["\(address): no whole answer in time", "hello\n"])
    }

    @Test("two requests of one client at the same time are a mistake that is said")
    func busy() async throws {
        let server = try await nginx()
        let address = try Address(server.address)
        let words = try runUsers { user, notes in
            let client = HTTPClient(user, address)
            server.send(SIGSTOP)
            let first = Task(executorPreference: user.loop) { try await client.get("/") }
            try await user.sleep(for: .milliseconds(10))
            do { _ = try await client.get("/") } catch { notes.words.append("\(error)") }
            server.send(SIGCONT)
            notes.words.append(try await first.value.text)
        }
        #expect(
            words == [
                "\(address): two requests at the same time: make a client for each task", "hello\n",
            ]
        )
    }
}
