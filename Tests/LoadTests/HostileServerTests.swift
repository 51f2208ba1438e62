import Foundation
import LoadResult
import Synchronization
import TestSupport
import Testing

@testable import Load

@Suite("bench load on a server that means harm", .serialized, .timeLimit(.minutes(4)))
struct HostileServerTests {
    /// Counts calls, so that no two replies are the same.
    private final class Counter: Sendable {
        private let count = Mutex(0)
        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    @Test("refuses a cluster of 40,000 servers")
    func servers() async throws {
        let ranges = (0..<40_000).map {
            "*3\r\n:\($0 % 16_384)\r\n:\($0 % 16_384)\r\n*2\r\n$9\r\n127.0.0.1\r\n:\($0 + 1)\r\n"
        }
        let reply = "*40000\r\n" + ranges.joined()
        let server = try HostileServer { _ in (reply, .atOnce) }
        defer { withExtendedLifetime(server) {} }
        let call = try await LoadCall.run("\(server.address) --rate 10 --duration 1s", status: 1)
        #expect(
            call.process.errors.hasSuffix(
                "\(server.address): the reply to CLUSTER SLOTS names more than 1,000 servers\n"
            )
        )
    }

    @Test("counts at most 64 kinds of refusal, in words that a terminal can show")
    func refusals() async throws {
        let counter = Counter()
        let server = try HostileServer { words in
            guard words[0] == "GET" else { return (HostileServer.noCluster, .atOnce) }
            let number = counter.next()
            let word = number.isMultiple(of: 2) ? "\u{1b}[2J\(number)" : "WORD\(number)"
            return ("-\(word)\(String(repeating: "x", count: 100)) and more\r\n", .atOnce)
        }
        defer { withExtendedLifetime(server) {} }
        let call = try await LoadCall.run(
            "\(server.address) --rate 500 --requests 500 --write-fraction 0 --timeout 2s",
            status: 1
        )
        let result = try call.result()
        #expect(result.refused == 500)
        #expect(result.refusals.values.reduce(0, +) == 500)
        #expect(result.refusals.count <= 65)
        #expect(result.refusals["other"] ?? 0 >= 250)
        #expect(result.refusals.keys.allSatisfy { $0.utf8.count <= 32 })
        #expect(!call.process.output.contains("\u{1b}"))
    }

    @Test("ends at the first request that fails, if that was asked for")
    func stopsOnFailure() async throws {
        let counter = Counter()
        let server = try HostileServer { words in
            guard words[0] == "SET" else { return (HostileServer.noCluster, .atOnce) }
            let isRefused = counter.next().isMultiple(of: 1_000)
            return (isRefused ? "-OOM no memory\r\n" : "+OK\r\n", .atOnce)
        }
        defer { withExtendedLifetime(server) {} }
        let words =
            "\(server.address) --rate max --requests 20000 --keys 20000 --distribution sequence "
            + "--write-fraction 1"
        let call = try await LoadCall.run(words + " --stop-on-failure", status: 1)
        let result = try call.result()
        #expect(result.ending == .stopped)
        #expect(result.refusals == ["OOM": 1] && result.errors == 1)
        // Of the thousand some replies may be unread yet, one for each connection.
        #expect((900..<20_000).contains(result.settled))
        #expect(
            call.process.errors.hasSuffix(
                "stopped early by the first failure (--stop-on-failure): the rest was not sent\n"
            )
        )
        // without it, those that fail end nothing
        let whole = try await LoadCall.run(words).result()
        #expect(whole.settled == 20_000 && whole.refused > 10)
        #expect(whole.ending == .complete)
    }

    @Test("shows nothing of its words that a terminal would obey")
    func words() async throws {
        let server = try HostileServer { _ in ("-ERR \u{1b}]0;title\u{7}\u{1b}[2J\r\n", .atOnce) }
        defer { withExtendedLifetime(server) {} }
        let call = try await LoadCall.run("\(server.address) --rate 10 --duration 1s", status: 1)
        let said = call.process.output + call.process.errors
        #expect(said.contains("ERR \u{FFFD}]0;title"))
        #expect(!said.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
    }

    @Test("follows no redirections to ever new addresses")
    func moved() throws {
        let slots = try ClusterSlots(
            .array([.array([.number(0), .number(16_383), .array([.text(""), .number(1)])])]),
            asked: NodeAddress(host: "127.0.0.1", port: 1)
        )
        let settings = RequestMix(
            firstKey: 0,
            keys: 10,
            distribution: .uniform,
            writeFraction: 0,
            valueSize: 1,
            seed: 1
        )
        var workload = RedisWorkload(settings, servers: [], topology: RedisTopology(slots))
        let targets = (0..<10_000).map { number in
            let text = "-MOVED \(number) 127.1.\(number / 250).\(number % 250):9"
            return workload.redirect(Array(text.utf8), from: 0)
        }
        #expect(workload.endpoints.count == 65)
        #expect(targets.compactMap { $0 }.count == 64)
    }

    @Test("breaks a connection whose reply has no end, and sends what is due all the same")
    func endless() async throws {
        let flood = String(repeating: ":1\r\n", count: 2_000_000)
        let server = try HostileServer { words in
            words[0] == "GET"
                ? ("*1000000000\r\n" + flood, .atOnce) : (HostileServer.noCluster, .atOnce)
        }
        defer { withExtendedLifetime(server) {} }
        let call = try await LoadCall.run(
            "\(server.address) --rate 200 --requests 100 --write-fraction 0 --timeout 1s",
            status: 1
        )
        let result = try call.result()
        #expect(result.settled == 100 && result.errors == 100)
        // Given up at once, not at the time limit.
        #expect(result.lost > 0)
        #expect(call.process.output.contains("what nobody had asked for, or what is no reply"))
    }

    @Test("a write that is answered with nil has failed, and is no read that found nothing")
    func refusedWrites() async throws {
        let server = try HostileServer { words in
            (words[0] == "CLUSTER" ? HostileServer.noCluster : "$-1\r\n", .atOnce)
        }
        defer { withExtendedLifetime(server) {} }
        let call = try await LoadCall.run(
            "\(server.address) --rate 400 --requests 200 --write-fraction 0.5"
        )
        let result = try call.result()
        #expect(result.settled == 200)
        #expect(result.missing == result.reads && result.reads > 0)
        #expect(result.refusals == ["NIL": 200 - result.reads])
        #expect(call.process.output.contains("(100.0% of reads found nothing"))
    }

    @Test("says that a server sends what nobody asked for")
    func unasked() async throws {
        let server = try HostileServer { words in
            (words[0] == "CLUSTER" ? HostileServer.noCluster : "+OK\r\n+OK\r\n", .atOnce)
        }
        defer { withExtendedLifetime(server) {} }
        let call = try await LoadCall.run(
            "\(server.address) --rate 20 --requests 10 --connections 1 --write-fraction 1"
        )
        #expect(try call.result().brokenConnections > 0)
        #expect(
            call.process.output.contains(
                " of them because a server sent what nobody had asked for, or what is no reply"
            )
        )
    }

    @Test("refuses a cluster with a host whose name is longer than any")
    func longHost() async throws {
        let name = String(repeating: "n", count: 100_000)
        let server = try HostileServer { _ in
            ("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$100000\r\n\(name)\r\n:1\r\n", .atOnce)
        }
        defer { withExtendedLifetime(server) {} }
        let call = try await LoadCall.run("\(server.address) --rate 10 --duration 1s", status: 1)
        #expect(
            call.process.errors.hasSuffix(
                "\(server.address): the reply to CLUSTER SLOTS has an unknown shape\n"
            )
        )
    }

    @Test("gives up replies that drip, each at its time limit")
    func dripping() async throws {
        let server = try HostileServer { words in
            words[0] == "GET"
                ? ("$100000\r\n" + String(repeating: "x", count: 100_000), .dripping)
                : (HostileServer.noCluster, .atOnce)
        }
        defer { withExtendedLifetime(server) {} }
        let call = try await LoadCall.run(
            "\(server.address) --rate 100 --requests 100 --write-fraction 0 --timeout 300ms",
            status: 1
        )
        #expect(try call.result().timedOut == 100)
        let slow = try HostileServer { _ in
            ("*10000\r\n" + String(repeating: ":1\r\n", count: 10_000), .dripping)
        }
        defer { withExtendedLifetime(slow) {} }
        let asked = try await LoadCall.run("\(slow.address) --rate 1 --duration 1s", status: 1)
        #expect(asked.process.errors.hasSuffix("\(slow.address): no whole reply within 5 s\n"))
    }

    @Test("ends after its load though all the servers of a cluster drip what they say of it")
    func drippingCluster() async throws {
        let counter = Counter()
        let ports = Mutex<[UInt16]>([])
        let servers = try (0..<40).map { _ in
            try HostileServer { words in
                let ports = ports.withLock { $0 }
                if words[0] == "GET" { return ("-MOVED 1 127.0.0.1:\(ports[1])\r\n", .atOnce) }
                let ranges = ports.enumerated().map { index, port in
                    "*3\r\n:\(index * 400)\r\n:\(index * 400 + 399)\r\n"
                        + "*2\r\n$9\r\n127.0.0.1\r\n:\(port)\r\n"
                }
                // Only the first look is answered in time.
                return ("*40\r\n" + ranges.joined(), counter.next() == 1 ? .atOnce : .dripping)
            }
        }
        ports.withLock { $0 = servers.map(\.port) }
        defer { withExtendedLifetime(servers) {} }
        try await LoadCall.run(
            "\(servers[0].address) --rate 20 --duration 1s --write-fraction 0 --timeout 1s",
            status: 1
        )
        #expect(counter.next() > 2, "nobody looked at the cluster again")
    }

    @Test("breaks connections that owe more replies than may be under way")
    func silent() async throws {
        let server = try HostileServer { words in
            words[0] == "GET" ? ("", .atOnce) : (HostileServer.noCluster, .atOnce)
        }
        defer { withExtendedLifetime(server) {} }
        let call = try await LoadCall.run(
            "\(server.address) --rate 2000 --duration 2s --write-fraction 0 --timeout 50ms "
                + "--max-outstanding 200 --connections 2",
            status: 1
        )
        let result = try call.result()
        #expect(result.settled == 4_000)
        #expect(result.errors == 4_000)
        #expect(result.timedOut > 200)
        #expect(result.brokenConnections > 0)
        #expect(result.mostOutstanding <= 200)
    }
}
