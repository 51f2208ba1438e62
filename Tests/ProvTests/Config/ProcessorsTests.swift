import Testing

@testable import Prov

@Suite("Processors of a host", .timeLimit(.minutes(1)))
struct ProcessorsTests {
    @Test(
        "are read and written as the kernel does",
        arguments: [
            ("0", [0], "0"), ("0-1,3", [0, 1, 3], "0-1,3"), ("3,1,0", [0, 1, 3], "0-1,3"),
            ("2-2", [2], "2"), ("0-3,2-5", [0, 1, 2, 3, 4, 5], "0-5"),
        ] as [(String, Set<Int>, String)]
    )
    func reads(text: String, numbers: Set<Int>, written: String) throws {
        let processors = try #require(Processors(text))
        #expect(processors.numbers == numbers)
        #expect("\(processors)" == written)
    }

    @Test(
        "of anything else there are none",
        arguments: [
            "", ",", "-", "1-", "-1", "0,", "3-1", "0 1", "a", "0x1", "+1", "1-2-3", "8192",
            "99999999999999999999",
        ]
    )
    func refuses(text: String) {
        #expect(Processors(text) == nil)
    }

    // United one by one, these would take longer than the limit.
    @Test("in a list that says them again and again are marked once; one without sense is refused")
    func many() {
        let parts = (0..<4_000).map { _ in "0-8191" }
        #expect(Processors(parts.joined(separator: ","))?.numbers.count == 8_192)
        #expect(
            Processors(
                parts.joined(separator: ",") + ",0-8191,0-8191"
                    + String(repeating: ",1", count: 10_000)
            ) == nil
        )
    }

    @Test(
        "that servers and clients share are named",
        arguments: [
            (
                nil, nil,
                "share all 4 processors of this host; server_cpuset and client_cpuset can part them"
            ),
            (
                "0-1", nil,
                "share processors 0-1 of this host; server_cpuset and client_cpuset can part them"
            ),
            (
                "0-1", "1-2",
                "share processor 1 of this host; server_cpuset and client_cpuset can part them"
            ),
            (
                "0-3", "0-3",
                "share all 4 processors of this host; server_cpuset and client_cpuset can part them"
            ),
            ("0-1", "2,3", nil), ("0,2", "1,3", nil),
        ] as [(String?, String?, String?)]
    )
    func shared(servers: String?, clients: String?, note: String?) {
        let set = ["server_cpuset": servers, "client_cpuset": clients]
        func found(_ groups: Set<String>, online: String?) -> String? {
            SharedProcessors.note(groups: groups, online: online.flatMap(Processors.init)) { key in
                (set[key] ?? nil).flatMap(Processors.init)
            }
        }
        let groups: Set = ["server", "client", "monitor"]
        #expect(found(groups, online: "0-3") == note.map { "servers and clients \($0)" })
        #expect(found(["server", "monitor"], online: "0-3") == nil)
        #expect(found(groups, online: nil) == nil)
    }

    @Test("and where there is but one, nothing can be done about it")
    func single() {
        let note = SharedProcessors.note(groups: ["server", "client"], online: Processors([0])) {
            _ in nil
        }
        #expect(note == "servers and clients share processor 0 of this host; and it has no other")
    }

    @Test("are said below what a plan would do")
    func report() throws {
        let plan = Plan(
            machines: [],
            others: [.add: 1],
            hasOutputChange: false
        )
        let report = PlanReport(
            plan,
            name: "demo",
            template: "local",
            region: nil,
            shownRegion: nil,
            expiry: nil,
            prices: nil,
            notes: ["servers and clients share processor 0 of this host"]
        )
        #expect(report.lines.last == "  servers and clients share processor 0 of this host")
        let json = try #require(JSONValue(try DeploymentReport.json(report)))
        #expect(json["notes"]?.elements?.count == 1)
    }
}
