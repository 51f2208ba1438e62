import Engine
import HTTP
import Histogram
import Posix
import Scenario

/// Users who ask a server of HTTP for one page over and over, each as soon as it has the last answer.
enum Web {
    private final class Figures: @unchecked Sendable {
        // Unchecked: for the loop's thread alone.
        var answered = 0
        var latency: Histogram

        init() throws { latency = try Histogram(highestTrackable: 60_000_000_000, resizes: true) }
    }

    /// Asks for so many seconds, by TLS if there is a file of `authorities` who vouch for the server.
    static func run(
        address: String,
        users: Int,
        seconds length: Int64,
        authorities: String?
    ) throws {
        let loop = try EventLoop()
        let place = try Address(address)
        let security = try authorities.map { try Security(authorities: $0) }
        let figures = try Figures()
        let second: Int64 = 1_000_000_000
        let crowd = Crowd(on: loop, rate: .unlimited) { user in
            let client = HTTPClient(user, place, security: security)
            while true {
                let begin = user.now
                _ = try await client.get("/")
                figures.answered += 1
                try figures.latency.record(user.now - begin)
            }
        }
        try crowd.add(users)
        // Connections stand then.
        _ = loop.run(until: { false }, before: loop.now + second)
        figures.latency.reset()
        let (answered, used, start) = (figures.answered, SystemClock.thread, loop.now)
        _ = loop.run(until: { false }, before: start + length * second)
        let (count, time) = (figures.answered - answered, loop.now - start)
        let share = Double(SystemClock.thread - used) / Double(time)
        print(users, "users:", Int64(count) * second / time, "answers a second")
        print("with", share, "of a core:", Double(count) / Double(SystemClock.thread - used) * 1e9)
        print(
            "p50",
            figures.latency.value(atPercentile: 50) / 1_000,
            "µs, p99",
            figures.latency.value(atPercentile: 99) / 1_000,
            "µs, failed",
            crowd.counts.failed
        )
        for (failure, count) in crowd.failures { print(count, failure) }
    }
}
