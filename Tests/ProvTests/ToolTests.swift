import Testing
import Usage

@testable import Prov

@Suite("Tool")
struct ToolTests {
    @Test("each command has an example that it takes", arguments: Tool.commands.map(\.name))
    func example(name: String) throws {
        let command = try #require(Tool.commands.first { $0.name == name })
        let usage = command.type.usage
        #expect(usage.command == "prov \(name)")
        let words = usage.example.split(separator: " ").map(String.init)
        #expect(words.prefix(2) == ["prov", name[...].description])
        _ = try usage.parse(Array(words.dropFirst(2)))
        #expect(usage.help.contains("example: \(usage.example)"))
        #expect(usage.summary.hasSuffix("."))
    }

    @Test("the help of extend says when it asks, and that is what it does")
    func extend() async throws {
        #expect(
            Extend.usage.help.contains("it asks only if a machine would be made or ended")
        )
        let consent = Consent(console: Console(), isGiven: false, asksForMachinesOnly: true)
        let report = PlanReport(
            Plan(machines: [], others: [.change: 3], hasOutputChange: false),
            name: "demo",
            template: "local",
            region: nil,
            shownRegion: nil,
            expiry: nil,
            prices: nil
        )
        try await consent.obtain(for: report, touchesMachines: false, lost: [])
        // tests have no terminal at which somebody could be asked
        await #expect(throws: ProvError.notAsked(name: "demo")) {
            try await consent.obtain(for: report, touchesMachines: true, lost: [])
        }
        await #expect(throws: ProvError.self) {
            try await consent.obtain(for: report, touchesMachines: true, lost: ["server-0"])
        }
    }

    @Test("what is shown as JSON can be asked for as JSON")
    func json() {
        for name in ["plan", "status", "list", "output", "config", "doctor"] {
            let usage = Tool.commands.first { $0.name == name }?.type.usage
            #expect(usage?.options.contains { $0.name == "json" } == true, "\(name)")
        }
    }
}
