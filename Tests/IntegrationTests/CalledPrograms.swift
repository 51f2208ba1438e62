import DeploymentState

/// The programs that the project's own scripts, tests and benchmarks call, with the files that do.
struct CalledPrograms {
    /// What a text is written in.
    enum Language { case shell, python, swift }

    /// A program's name in the words of a language, and where it stands.
    struct Call: Hashable {
        let program: String
        let file: String
        /// Whether it is certainly a program, not just the first word of a line.
        let isCertain: Bool
    }

    let calls: Set<Call>

    /// Looks into all files below some folders of the checkout.
    init(below folders: [String], of root: String) throws {
        var texts: [(file: String, text: String, language: Language)] = []
        var rest = folders
        while let path = rest.popLast() {
            for name in try Files.list("\(root)/\(path)") where !name.hasPrefix(".") {
                let file = "\(path)/\(name)"
                if Files.isDirectory("\(root)/\(file)") {
                    rest.append(file)
                } else if let bytes = try? Files.bytes(of: "\(root)/\(file)") {
                    // A file that cannot be read here, such as a link to nowhere, is no script.
                    let text = String(decoding: bytes, as: UTF8.self)
                    if let language = Self.language(of: name, text: text) {
                        texts.append((file, text, language))
                    }
                }
            }
        }
        let functions = texts.filter { $0.language == .shell }.flatMap {
            Self.functions(in: $0.text)
        }
        let own = Set(functions)
        calls = Set(
            texts.flatMap { file, text, language in
                Self.programs(in: text, language).subtracting(own).map {
                    Call(program: $0, file: file, isCertain: language != .shell)
                }
            }
        )
    }

    private static func language(of name: String, text: String) -> Language? {
        let first = text.prefix { $0 != "\n" }
        if name.hasSuffix(".swift") { return .swift }
        if name.hasSuffix(".py") || first.hasPrefix("#!") && first.contains("python") {
            return .python
        }
        return name.hasSuffix(".bash") || first.hasPrefix("#!") && first.hasSuffix("sh")
            ? .shell : nil
    }

    /// The programs that a text calls.
    ///
    /// Of shell it is the first word of each command, so also a word of a text that stands in it;
    /// of Python the first of a list, of Swift what a process is made with.
    static func programs(in text: String, _ language: Language) -> Set<String> {
        switch language {
        case .shell:
            return Set(text.split(separator: "\n").flatMap(commands))
        case .python:
            return Set(
                text.matches(
                    of: /(?:run|Popen|check_output|check_call|call)\(\s*\[\s*"([a-z][a-z0-9_.+-]*)"/
                ).map { String($0.1) }
            )
        case .swift:
            let made =
                /(?:LocalProcess\(|call\(|ChildProcess\(\[|LocalProcess\.find\()"([a-z][a-z0-9_.+-]*)"/
            return Set(text.matches(of: made).map { String($0.1) })
        }
    }

    /// Words that stand before a command.
    private static let prefixes: Set<Substring> = [
        "exec", "then", "do", "if", "!", "else", "elif", "while", "until", "time", "{", "env",
        "as_root",
        "nohup", "command", "-v", "-n",
    ]

    private static func commands(in line: Substring) -> [String] {
        guard !line.drop(while: \.isWhitespace).hasPrefix("#") else { return [] }
        return line.split { "|;&(`".contains($0) }.flatMap { part in
            var words = part.split(whereSeparator: \.isWhitespace)[...]
            var found: [String] = []
            while let word = words.popFirst() {
                if prefixes.contains(word) || word.wholeMatch(of: /[A-Za-z_]+=\S*/) != nil {
                    continue
                }
                guard word.wholeMatch(of: /[a-z][a-z0-9_.+-]*/) != nil else { break }
                found.append(String(word))
                // What runs another program.
                if !["sudo", "nice", "setpriv"].contains(word) { break }
            }
            return found
        }
    }

    private static func functions(in text: String) -> [String] {
        text.matches(of: /(?m)^\s*([a-z][a-z0-9_]*)\(\)/).map { String($0.1) }
    }
}
