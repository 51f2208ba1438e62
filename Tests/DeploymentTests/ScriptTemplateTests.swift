import Deployment
import DeploymentState
import Testing
import Usage

/// What `bin/templates/script.swift` has, so that the compiler reads it; it is not run.
private enum ScriptTemplate {
    static func run() async {
        let usage = Usage(
            "NAME",
            summary: "Says how many machines there are.",
            example: "swift run NAME demo",
            operands: [.init("NAME", "the deployment, or the path of its state directory")]
        )

        await Script.run(usage) { deployment, _ in
            print("\(deployment.servers.count) servers, \(deployment.clients.count) clients")
        }
    }

    static func suggested(_ deployment: Deployment) async throws {
        let kernels = try await deployment.execute(["uname", "-r"], on: deployment.servers)
        _ = kernels
    }
}

@Suite("bin/templates/script.swift")
struct ScriptTemplateTests {
    private static func words(_ text: some StringProtocol) -> String {
        String(text.filter { !$0.isWhitespace })
    }

    @Test("is what compiles, with what it suggests and the modules that it imports")
    func compiled() throws {
        let tests = Files.split(#filePath).directory
        let root = Files.split(Files.split(tests).directory).directory
        let own = try Files.read(#filePath)
        let lines = try Files.read(root + "/bin/templates/script.swift").split(separator: "\n")
        let isComment = { (line: Substring) in
            line.drop(while: \.isWhitespace).hasPrefix("//")
        }
        let isImport = { (line: Substring) in line.hasPrefix("import ") }
        let code = lines.filter { !isComment($0) && !isImport($0) }.joined()
        try #require(code.contains("Script.run"))
        #expect(Self.words(own).contains(Self.words(code)))
        let suggested = lines.filter { isComment($0) && $0.contains("try await ") }
        try #require(!suggested.isEmpty)
        for line in suggested {
            #expect(Self.words(own).contains(Self.words(line).dropFirst(2)), "\(line)")
        }
        // No other module could make it compile here: each name is looked for in its own import.
        let imports = lines.filter(isImport)
        #expect(imports == ["import Deployment", "import Usage"])
    }
}
