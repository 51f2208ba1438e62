import DeploymentState

/// A Markdown page of the checkout, as far as it names things that must be there.
struct Page {
    /// A link's target and the line that it stands on.
    struct Link: Hashable {
        let line: Int
        let target: String
    }

    /// The words of a command and the line that it stands on.
    struct Call: Hashable {
        let line: Int
        let words: [String]
    }

    /// Its path from the checkout's root.
    let file: String
    private(set) var links: [Link] = []
    /// What may stand behind a `#` of a link to it, as GitHub makes it of the headings.
    private(set) var anchors: Set<String> = []
    /// What stands in code blocks of a shell, and between backticks.
    private(set) var calls: [Call] = []

    /// Reads a page's text.
    init(_ file: String, _ text: String) {
        self.file = file
        var language: Substring?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            if let fence = line.prefixMatch(of: /\s*```(\S*)/) {
                language = language == nil ? fence.1 : nil
            } else if let language {
                if ["", "sh", "bash"].contains(language) { note(line, index + 1) }
            } else {
                read(line, index + 1)
            }
        }
    }

    /// All pages below some places of the checkout; those of hidden folders are none of ours.
    static func all(below places: [String], of root: String) throws -> [Page] {
        try places.flatMap { place -> [Page] in
            guard Files.isDirectory("\(root)/\(place)") else {
                guard place.hasSuffix(".md") else { return [] }
                return [Page(place, try Files.read("\(root)/\(place)"))]
            }
            let names = try Files.list("\(root)/\(place)").filter { !$0.hasPrefix(".") }
            return try all(below: names.map { "\(place)/\($0)" }, of: root)
        }
    }

    private mutating func read(_ line: Substring, _ number: Int) {
        if let heading = line.wholeMatch(of: /#+ (.*)/) { add(heading: heading.1) }
        // Every second part stands between two backticks.
        let parts = line.split(separator: "`", omittingEmptySubsequences: false)
        let prose = stride(from: 0, to: parts.count, by: 2).map { parts[$0] }.joined()
        links += prose.matches(of: /\]\(([^)\s]*)\)/).map {
            Link(line: number, target: String($0.1))
        }
        for index in stride(from: 1, to: parts.count, by: 2) { note(parts[index], number) }
    }

    private mutating func add(heading: Substring) {
        let anchor = Self.anchor(of: heading)
        var (unique, count) = (anchor, 0)
        while !anchors.insert(unique).inserted {
            count += 1
            unique = "\(anchor)-\(count)"
        }
    }

    /// The first anchor of a heading, whose links and code are text.
    static func anchor(of heading: some StringProtocol) -> String {
        String(heading).replacing(/\[([^\]]*)\]\([^)]*\)/, with: { $0.1 }).lowercased()
            .filter { $0.isLetter || $0.isNumber || " -_".contains($0) }
            .replacing(" ", with: "-")
    }

    private mutating func note(_ line: Substring, _ number: Int) {
        calls += Self.calls(in: line).map { Call(line: number, words: $0) }
    }

    /// The commands of a line, each without what is set for it, where its output goes, and its comment.
    static func calls(in line: Substring) -> [[String]] {
        let code = line.firstRange(of: "  #").map { line[..<$0.lowerBound] } ?? line
        // A file that output goes to is made by it.
        return code.replacing(/[0-9&]?>+ *\S+/, with: "").split { "|;&()<".contains($0) }.compactMap
        {
            part in
            let words = part.split(separator: " ").drop { word in
                word == "$" || word == "sudo" || word.wholeMatch(of: /[A-Z_]+=\S*/) != nil
            }
            return words.isEmpty ? nil : words.map(String.init)
        }
    }
}
