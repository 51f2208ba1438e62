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

    @Test("what is shown as JSON can be asked for as JSON")
    func json() {
        for name in ["plan", "status", "list", "output", "config", "doctor"] {
            let usage = Tool.commands.first { $0.name == name }?.type.usage
            #expect(usage?.options.contains { $0.name == "json" } == true, "\(name)")
        }
    }
}
