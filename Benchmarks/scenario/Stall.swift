import Scenario

/// Users of a Redis server who ask at one rate, whatever the server does; the script `stall` stops it.
enum Stall {
    private static let server = Setting("server", default: "127.0.0.1:6379", "HOST:PORT of Redis")
    private static let rate = Setting(
        "rate",
        default: 1_000,
        in: 1...1_000_000,
        "requests a second"
    )
    private static let seconds = Setting("seconds", default: 10, in: 1...3_600, "how long")

    /// What all users share.
    private final class Plan: @unchecked Sendable {
        // Unchecked: for the loop's thread alone.
        let address: Address
        let requests: Throttle
        let length: Int64
        /// From then on nobody asks; known with the first request.
        var end: Int64?

        init(_ address: Address, _ requests: Throttle, seconds: Int) {
            self.address = address
            self.requests = requests
            length = Int64(seconds) * 1_000_000_000
        }
    }

    /// Runs as a scenario's program does, and ends the process.
    static func run(_ words: [String]) -> Never {
        Scenario("stall", summary: "Asks Redis at a rate.", settings: [server, rate, seconds]) {
            agent in
            Plan(
                try Address(agent.value(server)),
                try agent.throttle("requests", .perSecond(agent.value(rate))),
                seconds: try agent.value(seconds)
            )
        } user: { user, plan in
            let connection = try await user.connect(to: plan.address)
            try await withThrowingTaskGroup { group in
                // One task notes what is due; the other one asks, as soon as it has the answer before.
                group.addTask {
                    var due: Int64
                    repeat {
                        due = try await plan.requests.wait()
                        plan.end = plan.end ?? due + plan.length
                        user.send(due)
                    } while due < plan.end ?? .max
                }
                group.addTask {
                    while true {
                        let due: Int64 = try await user.receive()
                        guard due < plan.end ?? .max else { return }
                        try await user.measure("ask", due: due) {
                            try await connection.write("ECHO \(user.id)\r\n")
                            _ = try await connection.readLine()
                            _ = try await connection.readLine()
                        }
                    }
                }
                try await group.waitForAll()
            }
            connection.close()
        }
        .run(words)
    }
}
