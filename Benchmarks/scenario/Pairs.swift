import Engine
import Glibc
import Histogram
import Posix
import Scenario

/// A server that passes lines on: `hello ID`, then `TO TEXT`.
enum Relay {
    private final class Sessions: @unchecked Sendable {
        // Unchecked: for the loop's thread alone.
        var connections: [Substring: TCPConnection] = [:]
    }

    static func serve(port: UInt16) throws {
        let loop = try EventLoop()
        let listener = try TCPListener(port: port, on: loop)
        print("127.0.0.1:\(listener.port)")
        fflush(nil)
        let sessions = Sessions()
        Task(executorPreference: loop) {
            while true {
                let connection = try await listener.accept()
                Task(executorPreference: loop) {
                    defer { connection.close() }
                    while let line = try await connection.readLine() {
                        let parts = line.split(separator: " ", maxSplits: 1)
                        guard parts.count == 2 else { return }
                        if parts[0] == "hello" {
                            sessions.connections[parts[1]] = connection
                        } else {
                            try sessions.connections[parts[0]]?.put(Array((parts[1] + "\n").utf8))
                        }
                    }
                }
            }
        }
        _ = loop.run(until: { false }, before: .max)
    }
}

/// Users on a connection each, who write to each other in pairs, once a second.
enum Pairs {
    /// What was measured.
    private final class Figures: @unchecked Sendable {
        // Unchecked: for the loop's thread alone.
        var connected = 0
        var sent = 0
        var delivered = 0
        var lateness: Histogram
        var delivery: Histogram
        var end = Int64.max

        init() throws {
            lateness = try Histogram(highestTrackable: 60_000_000_000, resizes: true)
            delivery = try Histogram(highestTrackable: 60_000_000_000, resizes: true)
        }
    }

    /// Users who connect, say hello and think.
    static func think(address: String, users: Int) throws {
        let loop = try EventLoop()
        let place = try Address(address)
        let figures = try Figures()
        let before = resident()
        let crowd = Crowd(on: loop, rate: .perSecond(2_000)) { user in
            let connection = try await user.connect(to: place, within: .seconds(60))
            try await connection.write("hello \(user.id)\n")
            figures.connected += 1
            try await user.sleep(for: .seconds(3_600))
        }
        try crowd.add(users)
        _ = loop.run(until: { figures.connected == users || crowd.counts.failed > 0 }, before: .max)
        guard crowd.counts.failed == 0 else { return print(crowd.failures) }
        print(users, "users who think, connected:", (resident() - before) / users, "bytes each")
        crowd.stop()
        _ = loop.run(until: { crowd.phase == .finished }, before: .max)
    }

    static func run(address: String, users: Int, seconds length: Int64) throws {
        let loop = try EventLoop()
        let place = try Address(address)
        let figures = try Figures()
        let second: Int64 = 1_000_000_000
        let before = resident()
        // 1,000 connections a second, so that the server's queue holds them.
        let crowd = Crowd(on: loop, rate: .perSecond(2_000)) { user in
            let connection = try await user.connect(to: place, within: .seconds(60))
            try await connection.write("hello \(user.id)\n")
            figures.connected += 1
            let friend = user.id.isMultiple(of: 2) ? user.id - 1 : user.id + 1
            try await withThrowingTaskGroup { group in
                group.addTask {
                    while let line = try await connection.readLine() {
                        guard let due = Int64(line) else { continue }
                        figures.delivered += 1
                        try figures.delivery.record(max(0, user.now - due))
                    }
                }
                group.addTask {
                    while figures.connected < users { try await user.sleep(for: .seconds(1)) }
                    // Spread over the second.
                    var due =
                        (user.now / second + 3) * second + Int64(user.id) * second / Int64(users)
                    while due < figures.end {
                        try await user.loop.sleep(until: due)
                        try figures.lateness.record(max(0, user.now - due))
                        figures.sent += 1
                        try await connection.write("\(friend) \(due)\n")
                        due += second
                    }
                    try await user.sleep(for: .seconds(3_600))
                }
                try await group.waitForAll()
            }
        }
        try crowd.add(users)
        _ = loop.run(until: { figures.connected == users || crowd.counts.failed > 0 }, before: .max)
        guard crowd.counts.failed == 0 else { return print(crowd.failures) }
        _ = loop.run(until: { false }, before: loop.now + 2 * second)
        print(users, "users on a connection each:", (resident() - before) / users, "bytes each")
        // The first message is due 3 to 4 s from now.
        let start = loop.now + 5 * second
        _ = loop.run(until: { false }, before: start)
        figures.lateness.reset()
        figures.delivery.reset()
        let (sent, delivered, used) = (figures.sent, figures.delivered, SystemClock.thread)
        _ = loop.run(until: { false }, before: start + length * second)
        let share = Double(SystemClock.thread - used) / Double(length * second)
        print(
            "in",
            length,
            "s: sent",
            figures.sent - sent,
            "delivered",
            figures.delivered - delivered,
            "with",
            share,
            "of a core"
        )
        for (name, histogram) in [("lateness", figures.lateness), ("delivery", figures.delivery)] {
            print(
                name,
                "p50",
                histogram.value(atPercentile: 50) / 1_000,
                "µs, p99",
                histogram.value(atPercentile: 99) / 1_000,
                "µs, max",
                histogram.max / 1_000,
                "µs"
            )
        }
        crowd.stop()
        _ = loop.run(until: { crowd.phase == .finished }, before: .max)
        print("failed:", crowd.counts.failed)
    }
}
