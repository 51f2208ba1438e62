// A scenario with the mistakes that users make, one for each value of its setting.

import Scenario

struct Unlucky: Error, CustomStringConvertible { var description: String { "out of luck" } }

let fault = Setting("fault", default: "none", "what goes wrong")
let server = Setting("server", default: "127.0.0.1:1", "where somebody listens")

Scenario("faulty", summary: "Has a fault.", settings: [fault, server]) { agent in
    let fault = try agent.value(fault)
    if fault == "preparation" { throw Unlucky() }
    return (fault, fault == "leak" ? try Address(agent.value(server)) : nil)
} user: { user, given in
    switch given.0 {
    case "loop":
        // Forever, and never with an await.
        while user.id > 0 {}
    case "deaf":
        // What it is told by its waits, it does not hear.
        while true { try? await user.sleep(for: .milliseconds(20)) }
    case "leak":
        guard let server = given.1 else { return }
        for _ in 0..<3 { _ = try await user.connect(to: server) }
    case "user": throw Unlucky()
    default: break
    }
} finish: { given in
    if given.0 == "finish" { throw Unlucky() }
}
.run()
