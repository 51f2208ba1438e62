import DeploymentState
import Testing

/// The page that promises something names the test that fails without it.
@Suite("docs/security.md", .timeLimit(.minutes(1)))
struct SecurityPageTests {
    /// A test as the page names it: `SuiteTests.function`.
    private struct Name: Hashable {
        let suite: String
        let function: String
    }

    @Test("names a test for each promise, and each of them exists")
    func names() throws {
        let root = LocalMachines.repository
        let tests = try Self.tests(below: "\(root)/Tests")
        var rows = 0
        for (number, line) in try Files.read("\(root)/docs/security.md")
            .split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        {
            let named = Self.names(in: line)
            let missing = named.filter { tests[$0.suite]?.contains($0.function) != true }
            #expect(missing == [], "docs/security.md:\(number + 1)")
            guard line.hasPrefix("| "), !line.hasPrefix("| promise"), !line.hasPrefix("| ---")
            else { continue }
            rows += 1
            let isTold = line.contains("not tested: ")
            #expect(!named.isEmpty || isTold, "docs/security.md:\(number + 1) names no test")
        }
        #expect(rows > 30)
    }

    @Test("whose names are found in a line, and nothing else is")
    func reading() {
        let line = "| `a.b` is | `OneTests.two`, `ThreeTests.four` and Tests.five |"
        #expect(
            Self.names(in: line) == [
                Name(suite: "OneTests", function: "two"),
                Name(suite: "ThreeTests", function: "four"),
            ]
        )
    }

    private static func names(in line: some StringProtocol) -> [Name] {
        // Every second part stands between two backticks.
        line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .compactMap { index, part in
                let words = part.split(separator: ".", omittingEmptySubsequences: false)
                guard index % 2 == 1, words.count == 2, words[0].hasSuffix("Tests") else {
                    return nil
                }
                return Name(suite: String(words[0]), function: String(words[1]))
            }
    }

    /// The functions behind each `@Test`, by their suite.
    private static func tests(below folder: String) throws -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        for name in try Files.list(folder) {
            let path = "\(folder)/\(name)"
            if Files.isDirectory(path) {
                found.merge(try tests(below: path)) { $0.union($1) }
            } else if name.hasSuffix("Tests.swift") {
                var suite = ""
                var isTest = false
                for line in try Files.read(path).split(separator: "\n") {
                    let words = line.split { " (:{<".contains($0) }
                    if let place = words.firstIndex(of: "struct"), place + 1 < words.count,
                        words[place + 1].hasSuffix("Tests")
                    {
                        suite = String(words[place + 1])
                    }
                    if line.contains("@Test") { isTest = true }
                    guard isTest, let place = words.firstIndex(of: "func"), place + 1 < words.count
                    else { continue }
                    found[suite, default: []].insert(String(words[place + 1]))
                    isTest = false
                }
            }
        }
        return found
    }
}
