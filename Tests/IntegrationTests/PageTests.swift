import DeploymentState
import Shell
import Testing

/// What the pages name is there, as it is written.
@Suite("The pages", .timeLimit(.minutes(2)))
struct PageTests {
    private static let root = LocalMachines.repository

    private static func pages() throws -> [Page] {
        let folders = ["docs", "configs", "prov", "Benchmarks", "Tests"]
        return try Page.all(below: ["README.md", "CHANGELOG.md"] + folders, of: root)
    }

    @Test("link to files and headings that there are")
    func links() throws {
        let pages = try Self.pages()
        let anchors = Dictionary(uniqueKeysWithValues: pages.map { ($0.file, $0.anchors) })
        var (dead, count): ([String], Int) = ([], 0)
        for page in pages {
            for link in page.links where !link.target.hasPrefix("https://") {
                count += 1
                let parts = link.target.split(separator: "#", omittingEmptySubsequences: false)
                let file = Self.file(String(parts[0]), from: page.file)
                let isThere = file.map { Files.exists("\(Self.root)/\($0)") } ?? false
                let anchor = parts.count > 1 ? String(parts[1]) : nil
                let isHeading = anchor.map { anchors[file ?? ""]?.contains($0) == true } ?? true
                if !isThere || !isHeading {
                    dead.append("\(page.file):\(link.line): \(link.target)")
                }
            }
        }
        #expect(dead == [])
        #expect(count > 30)
    }

    /// The path from the root of what a page links to; `nil` outside of the checkout.
    private static func file(_ target: String, from page: String) -> String? {
        guard !target.isEmpty else { return page }
        var folders = page.split(separator: "/").dropLast()
        for part in target.split(separator: "/") where part != "." {
            guard part == ".." else {
                folders.append(part)
                continue
            }
            guard folders.popLast() != nil else { return nil }
        }
        return folders.joined(separator: "/")
    }

    @Test("name commands, options, targets and files that there are")
    func calls() async throws {
        var check = CallCheck(root: Self.root)
        var (faults, count): ([String], Int) = ([], 0)
        for page in try Self.pages() {
            // A page may tell how something is made, and then use it.
            check.made = Set(
                page.calls.map(\.words).filter { $0.first == "bin/new" }.flatMap { $0 }
            )
            for call in page.calls {
                guard let fault = try await check.fault(of: call.words) else { continue }
                count += 1
                if !fault.isEmpty { faults.append("\(page.file):\(call.line): \(fault)") }
            }
        }
        #expect(faults == [])
        #expect(count > 150)
    }

    @Test(
        "have anchors as GitHub makes them",
        arguments: [
            ("What is where", "what-is-where"), ("`configs/*.yml`, merged", "configsyml-merged"),
            ("C++ and [a link](x.md#y)", "c-and-a-link"), ("A_b - c", "a_b---c"),
        ]
    )
    func anchor(heading: String, expected: String) {
        #expect(Page.anchor(of: heading) == expected)
    }

    @Test("are read with their lines: code holds no link, prose no call")
    func reading() {
        let page = Page(
            "p.md",
            """
            # A
            see [b](b.md#c), `[x](y)` and `prov list`
            ## A
            ```
            $ KEEP=1 make demo | tee log >>docs/b 2>&1  # [z](z)
            ```
            ```swift
            let prov = 1
            ```
            """
        )
        #expect(page.links == [Page.Link(line: 2, target: "b.md#c")])
        #expect(page.anchors == ["a", "a-1"])
        #expect(page.calls.map(\.line) == [2, 2, 2, 5, 5])
        #expect(page.calls.last?.words == ["tee", "log"])
        #expect(page.calls.contains(Page.Call(line: 5, words: ["make", "demo"])))
        #expect(page.calls.contains(Page.Call(line: 2, words: ["prov", "list"])))
    }
}

/// Looks whether what a page calls can be called.
private struct CallCheck {
    let root: String
    /// The words with which a page makes something of its own.
    var made: Set<String> = []
    private var helps: [[String]: String?] = [:]
    private let manifest: String
    private let makefile: String

    init(root: String) {
        self.root = root
        // Without these two every call of theirs is a fault.
        manifest = (try? Files.read("\(root)/Package.swift")) ?? ""
        makefile = (try? Files.read("\(root)/Makefile")) ?? ""
    }

    /// What is wrong with a call: empty if nothing is, `nil` if it is none of the project's.
    mutating func fault(of words: [String]) async throws -> String? {
        if let missing = words.first(where: isMissing) { return "\(missing) is no file" }
        let own = words[0].wholeMatch(of: /bin\/([a-z-]+)/)
        let name = own.map { String($0.1) } ?? words[0]
        if name != words[0], !Files.isExecutable("\(root)/\(words[0])") {
            return "\(words[0]) is no program"
        }
        guard words.count > 1 else { return name == words[0] ? nil : "" }
        switch name {
        case "prov", "bench":
            let command = words[1]
            guard Self.isWord(command) else { return "" }
            let help = try await help([name, "help", command])
            return fault(of: words, help, "\(name) \(command)")
        case "make":
            let isTarget = makefile.contains("\n\(words[1]):")
            return isTarget || !Self.isWord(words[1]) ? "" : "make has no \(words[1])"
        case "swift" where words[1] == "run":
            let rest = words.dropFirst(2).drop { $0 == "-c" || $0 == "release" }
            guard let target = rest.first, Self.isWord(target), !made.contains(target) else {
                return ""
            }
            let call = "(\"\(target)\""
            guard manifest.contains(call + ")") || manifest.contains(call + ", excluding:") else {
                let isTarget = manifest.contains("name: \"\(target)\"")
                return isTarget ? "" : "\(target) is no target of Package.swift"
            }
            return fault(of: words, try await help([target, "--help"]), target)
        default: return name == words[0] ? nil : ""
        }
    }

    /// What is wrong with the options of a call of something with such a help.
    private func fault(of words: [String], _ help: String?, _ name: String) -> String {
        guard let help else { return "there is no \(name)" }
        // Two hyphens are an option of the program; one may be ssh's or swift's.
        for option in words.compactMap({ $0.firstMatch(of: /^\[?(--[a-z-]+)/)?.1 }) {
            let known = help.split { !$0.isLetter && !$0.isNumber && $0 != "-" }
            if !known.contains(option), option != "--help" { return "\(name) has no \(option)" }
        }
        return ""
    }

    /// Whether it is the path of a file of the checkout that is not there.
    private func isMissing(_ word: String) -> Bool {
        let parts = word.split(separator: "/")
        guard parts.count > 1, Self.folders.contains(parts[0]),
            // Folders there are what experiments left.
            parts[0] != "experiments" || parts.count == 2,
            // A place for a name, a pattern, or what the page itself makes.
            word.wholeMatch(of: /[A-Za-z0-9_.\/-]+/) != nil,
            !parts.contains(where: {
                $0.wholeMatch(of: /[A-Z]+/) != nil || made.contains(String($0))
            })
        else { return false }
        // The template of a file with secrets is there; the file is the user's.
        return !["", ".template"].contains { Files.exists("\(root)/\(word)\($0)") }
    }

    private static let folders: Set<Substring> = [
        "Benchmarks", "Scenarios", "Scripts", "Sources", "Tests", "bin", "configs", "docs",
        "experiments", "prov",
    ]

    /// Whether it stands for itself: what a user replaces is in capitals or marked.
    private static func isWord(_ word: String) -> Bool {
        word.wholeMatch(of: /[a-z][a-z0-9-]*/) != nil
    }

    /// What the built program says to these words; `nil` if it refuses them.
    private mutating func help(_ words: [String]) async throws -> String? {
        if let known = helps[words] { return known }
        let folder = Files.split(ProvProgram.executable).directory
        let outcome = try await LocalProcess(
            "\(folder)/\(words[0])",
            Array(words.dropFirst()),
            timeLimit: .seconds(30)
        ).run()
        helps[words] = outcome.isSuccess ? outcome.outputText : String?.none
        return outcome.isSuccess ? outcome.outputText : nil
    }
}
