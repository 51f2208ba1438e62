import Bench
import Engine
import Glibc
import Histogram
import Scenario
import TestSupport
import Testing

/// A server that stands still for 2 s, loaded by a scenario and by `bench load` at the same time.
@Suite("A scenario whose server stands still", .timeLimit(.minutes(2)))
struct StallTests {
    private static let rate = 200
    private static let length = 8 * second

    private struct Go: Sendable {}

    /// What all users share.
    private final class Plan: @unchecked Sendable {
        // Unchecked: it belongs to the loop's thread.
        let requests: Throttle
        var users: [User] = []
        var dues: [Int64] = []
        /// The first due time from which on nobody asks.
        var end: Int64? { dues.first.map { $0 + StallTests.length } }

        init(_ requests: Throttle) { self.requests = requests }
    }

    /// Users with one request under way each, who keep for later what is due meanwhile.
    private func scenario(_ server: Address, _ box: Box<Plan>) -> Scenario<Plan> {
        Scenario("stall", summary: "Asks at a rate.") { agent in
            let plan = Plan(try agent.throttle("requests", .perSecond(Self.rate)))
            box.value = plan
            return plan
        } user: { user, plan in
            let connection = try await user.connect(to: server)
            plan.users.append(user)
            // All ask from the same moment on: the throttle begins anew where nobody is there to ask.
            if plan.users.count == 10 { for other in plan.users { other.send(Go()) } }
            _ = try await user.receive(Go.self)
            try await withThrowingTaskGroup { group in
                group.addTask {
                    while true {
                        let due = try await plan.requests.wait()
                        user.send(due)
                        if due >= plan.end ?? .max { return }
                        plan.dues.append(due)
                    }
                }
                group.addTask {
                    while true {
                        let due: Int64 = try await user.receive()
                        if due >= plan.end ?? .max { return }
                        try await user.measure("ask", due: due) {
                            try await connection.write("ECHO \(user.id)\r\n")
                            #expect(try await connection.readLine()?.first == "$")
                            #expect(try await connection.readLine() == "\(user.id)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            connection.close()
        }
    }

    /// Turns a loop until something holds, which is looked at every 10 ms.
    private func turn(_ loop: EventLoop, until condition: () -> Bool) throws {
        let end = loop.now + 60 * second
        while !condition() {
            try #require(loop.now < end, "waited for a minute in vain")
            _ = loop.run(until: { false }, before: loop.now + second / 100)
        }
    }

    @Test("sends all that is due, and its percentiles by due time are those of bench load")
    func stall() async throws {
        let server = try await RedisServer.start()
        let folder = try TemporaryFolder()
        let log = folder.path + "/load.hdr"
        let loop = try EventLoop()
        let telemetry = Telemetry(on: loop)
        let settings = try Settings([])
        let box = Box<Plan>()
        let users = ScenarioRun(scenario(try Address(server.address), box)) {
            Agent(on: loop, settings: settings, telemetry: telemetry)
        }
        let load = try ChildProcess(
            [Programs.path("bench"), "load", server.address, "--log", log]
                + ["--rate", "\(Self.rate)", "--duration", "8s", "--write-fraction", "0"]
        )
        // From here to the end nothing else comes in between: both see the same two seconds.
        try turn(loop, until: { load.output.contains("outstanding") })
        try users.start(users: 10, rate: .unlimited)
        try turn(loop, until: { box.value?.dues.isEmpty == false })
        _ = loop.run(until: { false }, before: loop.now + second)
        server.send(SIGSTOP)
        _ = loop.run(until: { false }, before: loop.now + 2 * second)
        server.send(SIGCONT)
        try turn(loop, until: { users.crowd?.counts.ended == 10 })
        try #require(try await load.wait() == .exit(0), "\(load.output)\(load.errors)")
        telemetry.measures.settle(now: loop.now, isLast: true) { _, _ in }

        // Each of the 1,600 due times, none twice, and the server has answered each of them.
        let plan = try #require(box.value)
        let gap = second / Int64(Self.rate)
        #expect(plan.dues == (0..<1_600).map { plan.dues[0] + Int64($0) * gap })
        #expect(try server.calls("echo") == 1_600)
        #expect(try server.calls("get") == 1_600)
        let asked = try #require(telemetry.measures.series.first)
        #expect(asked.response.count == 1_600 && asked.failed.count == 0)
        #expect(telemetry.measures.cut == 0 && telemetry.measures.underWay == 0)

        // What either was late by itself, is in its own times alone.
        let summary = try await Summary(of: [log], invalidToo: true)
        let loaded = try #require(summary.tags.first { $0.tag == "READ-rt" }).histogram
        let patience = 100_000_000 + plan.requests.counts.latest
        for percentile in [80.0, 90, 95, 99, 99.9, 100] {
            let (ours, theirs) = (
                asked.response.value(atPercentile: percentile),
                loaded.value(atPercentile: percentile)
            )
            #expect(abs(ours - theirs) < patience, "p\(percentile): \(ours) and \(theirs)")
        }
        #expect(asked.response.value(atPercentile: 90) > second)
        // Measured from when each was sent, it would seem as if there had been nothing.
        #expect(asked.service.value(atPercentile: 99) < second / 2)
    }
}
