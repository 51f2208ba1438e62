// shop: users come at one rate for all of them, look at things, put one into the cart and buy it, over HTTP.
// First: nginx -p "$(mktemp -d)" -c "$PWD/Scenarios/shop/nginx.conf" -e stderr.
// Then: swift run shop --users 500 --user-rate 200/s --for 60s --set visitRate=6000

import HTTP
import JSON
import Scenario

enum Given {
    static let shop = Setting("shop", default: "127.0.0.1:8080", "where the shop's server listens")
    static let visitRate = Setting(
        "visitRate",
        default: 600,
        in: 0...60_000_000,
        update: .free,
        "visits a minute, of all users together"
    )
    static let looks = Setting("looks", default: 3, in: 1...100, "things looked at in a visit")
    static let items = Setting("items", default: 100, in: 1...1_000_000, "things in the shop")
    static let thinking = Setting(
        "thinking",
        default: 500,
        in: 0...60_000,
        "milliseconds that a user thinks before each step but the first"
    )
}

/// What all users share.
struct Shop: Sendable {
    let server: Address
    let visits: Throttle
    let telemetry: Telemetry
    let looks: Int
    let items: Int
    let thinking: Duration

    init(_ agent: Agent) throws {
        server = try Address(agent.value(Given.shop))
        visits = try agent.throttle("visits", .perMinute(agent.value(Given.visitRate)))
        telemetry = agent.telemetry
        looks = try agent.value(Given.looks)
        items = try agent.value(Given.items)
        thinking = .milliseconds(try agent.value(Given.thinking))
    }

    /// One user's life: a visit after the other.
    func shopping(_ user: User) async throws {
        let client = HTTPClient(user, server)
        defer { client.close() }
        while true {
            let due = try await visits.wait()
            do {
                try await visit(user, client, due: due)
            } catch let error as HTTPError {
                guard case .status(_, let status) = error.reason else { throw error }
                // The shop said no: the visit is over, and how often it did so stands in trial.json.
                telemetry.emit("status-\(status)") { ["user": .integer(Int64(user.id))] }
            }
        }
    }

    private func visit(_ user: User, _ client: HTTPClient, due: Int64) async throws {
        _ = try await user.measure("welcome", due: due) { try await client.get("/") }
        var item = 0
        for _ in 0..<looks {
            try await user.sleep(for: thinking)
            item = .random(in: 1...items)
            _ = try await user.measure("look") { try await client.get("/items/\(item)") }
        }
        try await user.sleep(for: thinking)
        let cart = try await user.measure("cart") {
            try await client.post("/cart", #"{"item": \#(item)}"#)
        }
        let cookie = cart.headers["set-cookie"]?.prefix { $0 != ";" } ?? ""
        try await user.sleep(for: thinking)
        _ = try await user.measure("buy") {
            try await client.request(
                "POST",
                "/buy?item=\(item)",
                headers: ["cookie": String(cookie)]
            )
        }
    }
}

Scenario(
    "shop",
    summary: "Users look at things, put one into the cart and buy it, over HTTP.",
    settings: [Given.shop, Given.visitRate, Given.looks, Given.items, Given.thinking]
) { agent in
    try Shop(agent)
} user: { user, shop in
    try await shop.shopping(user)
}
.run()
