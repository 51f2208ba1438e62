// NAME: what this scenario is for, in a line.
// Run it with: swift run NAME --users 100 --user-rate 20/s --for 30s
//
// A scenario is prepared once, then each user does its part, then it is finished. All users live on one loop,
// one at a time, so that what they share needs no lock. docs/scenarios.md lists what can be called.

import Scenario

/// What can be given with --set NAME=VALUE, or in the environment as SCENARIO_GREETING_RATE.
enum Given {
    static let greetingRate = Setting(
        "greetingRate",
        default: 600,
        in: 0...60_000_000,
        "greetings a minute, of all users together"
    )
    // static let server = Setting("server", default: "127.0.0.1:7", "where the server listens")
}

/// What all users share.
struct Shared: Sendable {
    let greetings: Throttle
    // let server: Address
}

Scenario(
    "NAME",
    summary: "Users greet at a rate.",
    settings: [Given.greetingRate]
) { agent in
    // Once, before the first user. What it throws ends the run.
    Shared(
        greetings: try agent.throttle("greetings", .perMinute(agent.value(Given.greetingRate)))
        // server: try Address(agent.value(Given.server))
    )
} user: { user, shared in
    // Each user. It ends by returning, by throwing, or when it is told to: then each "await" throws.
    // let connection = try await user.connect(to: shared.server)
    while true {
        // The time at which it was this user's turn; response times count from there.
        let due = try await shared.greetings.wait()
        try await user.measure("greet", due: due) {
            try await user.sleep(for: .milliseconds(1))
            // try await connection.write("hello\n", within: .seconds(5))
            // let answer = try await connection.readLine(within: .seconds(5))
        }
    }
} finish: { _ in
    // Once, after the last user.
}
.run()
