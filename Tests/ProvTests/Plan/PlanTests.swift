import DeploymentState
import FoundationEssentials
import Testing

@testable import Prov

@Suite("Plan")
struct PlanTests {
    /// What `terraform show -json` says, as far as it is read.
    private static func json(_ changes: [String], outputs: String = "no-op") -> String {
        """
        {"format_version":"1.2","resource_changes":[\(changes.joined(separator: ","))],
         "output_changes":{"nodes":{"actions":["\(outputs)"]}}}
        """
    }

    private static func change(
        _ name: String,
        _ actions: String,
        type: String = "i4i.2xlarge",
        before: String = "i4i.2xlarge",
        market: String = "",
        reason: String = "null",
        resource: String = "node",
        more: String = ""
    ) -> String {
        func values(_ type: String) -> String {
            """
            {"instance_type":"\(type)","instance_market_options":[\(market)]}
            """
        }
        return """
            {"mode":"managed","name":"\(resource)","index":"\(name)","action_reason":\(reason),\(more)
             "change":{"actions":[\(actions)],"before":\(values(before)),"after":\(values(type))}}
            """
    }

    private static let other = """
        {"mode":"managed","name":"this","change":{"actions":["update"],"after":{}}}
        """

    private static func prices(_ body: (PriceTable) throws -> Void) async throws {
        try await withTemporaryDirectory { folder in
            try Files.write(
                "date: 2025-01-15\nregions: { us-east-1: { i4i.2xlarge: 0.686, t3.nano: 0.0052 } }\n",
                to: "\(folder)/prices.yml"
            )
            try body(try PriceTable(file: "\(folder)/prices.yml"))
        }
    }

    @Test("reads machines by group and index, and counts the rest")
    func read() throws {
        let spot = #"{"market_type":"spot"}"#
        let plan = try #require(
            Plan(
                json: Self.json([
                    Self.change("client-0", #""delete","create""#, market: spot), Self.other,
                    Self.change("server-10", #""delete""#), Self.change("server-2", #""no-op""#),
                    Self.change("monitor-0", #""create""#),
                ])
            )
        )
        #expect(
            plan.machines.map(\.name) == ["server-2", "server-10", "client-0", "monitor-0"]
        )
        #expect(plan.machines.map(\.action) == [.keep, .destroy, .replace, .add])
        #expect(plan.machines.map(\.isSpot) == [false, false, true, false])
        #expect(plan.others == [.change: 1])
        #expect(!plan.isEmpty && !plan.hasOutputChange)
        #expect(plan.remaining.map(\.name) == ["server-2", "client-0", "monitor-0"])
    }

    @Test("calls what changes in a running machine a change, however terraform brings it about")
    func settings() throws {
        func settings(_ name: String, _ actions: String) -> String {
            Self.change(name, actions, resource: "settings")
        }
        let plan = try #require(
            Plan(
                json: Self.json([
                    Self.change("server-0", #""no-op""#),
                    settings("server-0", #""delete","create""#),
                    Self.change("server-1", #""no-op""#), settings("server-1", #""no-op""#),
                    Self.change("server-2", #""create""#), settings("server-2", #""create""#),
                    Self.change("server-3", #""delete""#), settings("server-3", #""delete""#),
                ])
            )
        )
        #expect(plan.machines.map(\.action) == [.change, .keep, .add, .destroy])
        #expect(plan.others == [:])
        #expect(plan.lostServers(among: ["server-0", "server-3"]) == ["server-3"])
    }

    @Test("takes no machine for destroyed of which an earlier apply left the predecessor")
    func deposed() throws {
        let plan = try #require(
            Plan(
                json: Self.json([
                    Self.change("server-0", #""no-op""#),
                    Self.change("server-0", #""delete""#, more: #""deposed":"0badcafe","#),
                    Self.change("server-1", #""create","delete""#),
                ])
            )
        )
        #expect(plan.machines.map(\.action) == [.keep, .replace])
        #expect(plan.others == [.destroy: 1])
        #expect(plan.lostServers(among: ["server-0"]) == [])
    }

    @Test("takes a stop for another type for another machine, for its local disks are lost")
    func stop() throws {
        let plan = try #require(
            Plan(
                json: Self.json([
                    Self.change("server-0", #""update""#, type: "i4i.4xlarge"),
                    Self.change("server-1", #""update""#),
                ])
            )
        )
        #expect(plan.machines.map(\.action) == [.replace, .change])
        #expect(plan.lostServers(among: ["server-0", "server-1"]) == ["server-0"])
    }

    @Test(
        "tells whether a machine is made, made anew or ended, of any group",
        arguments: [
            (#""no-op""#, false), (#""update""#, false), (#""create""#, true),
            (#""delete""#, true), (#""delete","create""#, true),
        ]
    )
    func touches(actions: String, touchesMachines: Bool) throws {
        let plan = try #require(
            Plan(json: Self.json([Self.change("client-0", actions), Self.other]))
        )
        #expect(plan.touchesMachines == touchesMachines)
    }

    @Test("is empty if nothing changes, and not if only an output does")
    func empty() {
        let keep = [Self.change("server-0", #""no-op""#)]
        #expect(Plan(json: Self.json(keep))?.isEmpty == true)
        #expect(Plan(json: Self.json(keep, outputs: "update"))?.isEmpty == false)
        #expect(Plan(json: "Error: no plan") == nil)
    }

    @Test("loses servers that were ready once, and no half-made one")
    func lost() throws {
        let plan = try #require(
            Plan(
                json: Self.json([
                    Self.change("server-0", #""delete","create""#),
                    Self.change(
                        "server-1",
                        #""delete","create""#,
                        reason: #""replace_because_tainted""#
                    ),
                    Self.change("server-2", #""delete""#), Self.change("client-0", #""delete""#),
                    Self.change("server-3", #""update""#),
                ])
            )
        )
        let known: Set = ["server-0", "server-1", "client-0", "server-3"]
        #expect(plan.lostServers(among: known) == ["server-0"])
        #expect(plan.lostServers(among: []) == [])
    }

    @Test("is shown with its price, where there is one")
    func table() async throws {
        let spot = #"{"market_type":"spot"}"#
        let plan = try #require(
            Plan(
                json: Self.json([
                    Self.change("server-0", #""create""#), Self.change("server-1", #""create""#),
                    Self.change("client-0", #""create""#, type: "t3.nano", market: spot),
                    Self.change("monitor-0", #""delete""#), Self.other,
                    Self.change("client-1", #""create""#, type: "x9.huge"),
                ])
            )
        )
        try await Self.prices { prices in
            let report = PlanReport(
                plan,
                name: "demo",
                template: "ec2",
                region: "us-east-1",
                shownRegion: "us-east-1",
                expiry: Moment(date: Date(timeIntervalSince1970: 0)),
                prices: prices
            )
            #expect(
                report.lines == [
                    "demo with ec2:",
                    "  add      2 servers  i4i.2xlarge  $1.37/h",
                    "  add      1 client   t3.nano      spot, at most $0.0052/h",
                    "  add      1 client   x9.huge      unknown",
                    "  destroy  1 monitor  i4i.2xlarge  -$0.69/h                 monitor-0",
                    "  other resources: 1 to change",
                    "  at most $1.38 + unknown (x9.huge) per hour afterwards (on-demand prices of "
                        + "2025-01-15 in us-east-1; storage, traffic and tax not counted); ends itself "
                        + "at 1970-01-01T00:00:00Z",
                ]
            )
            #expect(report.usd_per_hour == nil && report.unknown_prices == ["x9.huge"])
        }
    }

    @Test("names the keys that change with both values, and of a secret none")
    func configChanges() throws {
        func entry(_ key: String, _ value: JSONValue, secret: Bool = false) -> ConfigListing.Entry {
            .init(key: key, value: value, file: "c.yml", line: 1, secret: secret)
        }
        let redacted = JSONValue.string(ConfigListing.redacted)
        let changes = ConfigChange.between(
            [
                entry("server_count", .number(3)), entry("server_memory_mb", .number(256)),
                entry("token", redacted, secret: true), entry("ttl", .string("8h")),
                entry("key", redacted, secret: true),
            ],
            [
                entry("server_memory_mb", .number(512)), entry("server_count", .number(3)),
                entry("token", redacted, secret: true), entry("key", .string("k")),
                entry("image_packages", .array([.string("fio"), .string("jq")])),
            ]
        )
        let lines = [
            "server_memory_mb: 256 → 512", "key: [redacted] → k",
            #"image_packages: the default → [ "fio", "jq" ]"#, "ttl: 8h → the default",
        ]
        #expect(changes.map(\.line) == lines)
        let plan = try #require(Plan(json: Self.json([Self.change("server-0", #""update""#)])))
        let report = PlanReport(
            plan,
            name: "demo",
            template: "local",
            region: nil,
            shownRegion: nil,
            expiry: nil,
            prices: nil,
            configChanges: changes
        )
        #expect(report.lines[2...].prefix(4) == lines.map { "  " + $0 }[...])
        let json = try #require(JSONValue(try DeploymentReport.json(report)))
        #expect(json["config_changes"]?.elements?.first?["from"]?.string == "256")
    }

    @Test("shows no region and no zone that came from elsewhere, and has its prices all the same")
    func secretRegion() async throws {
        let create = Self.change("server-0", #""create""#)
        let plan = try #require(Plan(json: Self.json([create])))
        try await Self.prices { prices in
            let report = PlanReport(
                plan,
                name: "demo",
                template: "ec2",
                region: "us-east-1",
                shownRegion: ConfigListing.redacted,
                expiry: nil,
                prices: prices
            )
            #expect(
                report.lines.last
                    == "  $0.69 per hour afterwards (on-demand prices of 2025-01-15 in [redacted]; "
                    + "storage, traffic and tax not counted)"
            )
            #expect(report.region == "[redacted]")
        }
        #expect(Zones(names: ["us-east-1a"], isSecret: true).shown("us-east-1a") == "[redacted]")
        #expect(Zones(names: ["us-east-1a"]).shown("us-east-1a") == "us-east-1a")
    }

    @Test("counts the nodes of a deployment by what the inventory says of them")
    func nodes() async throws {
        func text(_ vars: [String: String], _ prices: PriceTable?) -> String {
            let node = Node(
                name: "server-0",
                publicIP: "192.0.2.1",
                privateIP: "192.0.2.1",
                user: "ubuntu",
                vars: vars
            )
            return Cost(of: [node].compactMap(\.self), prices).text
        }
        let vars = ["instance_type": "i4i.2xlarge", "availability_zone": "us-east-1a"]
        let spot = vars.merging(["market": "spot"]) { $1 }
        try await Self.prices { prices in
            #expect(text(vars, prices) == "$0.69")
            #expect(text(spot, prices) == "at most $0.69")
            #expect(text([:], prices) == "")
            #expect(text(vars, nil) == "unknown (i4i.2xlarge)")
        }
    }
}
