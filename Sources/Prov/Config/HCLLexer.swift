/// Why a `.tf` text cannot be split into words, and where.
struct HCLError: Error {
    let problem: String
    let line: Int
    let column: Int
}

/// Splits a `.tf` text into words; comments and blanks are left out.
struct HCLLexer {
    private let source: [Unicode.Scalar]
    private var index = 0
    private var line = 1
    private var lineStart = 0
    private var tokens: [HCLToken] = []

    private init(_ text: String) {
        // Windows line ends; terraform takes them as well.
        source = Array(text.unicodeScalars.filter { $0 != "\r" && $0 != "\u{FEFF}" })
    }

    static func tokens(in text: String) throws(HCLError) -> [HCLToken] {
        var lexer = HCLLexer(text)
        while lexer.index < lexer.source.count { try lexer.step() }
        return lexer.tokens
    }

    private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        index + offset < source.count ? source[index + offset] : nil
    }

    private func failure(_ problem: String) -> HCLError {
        HCLError(problem: problem, line: line, column: index - lineStart + 1)
    }

    private mutating func advance() {
        if source[index] == "\n" {
            line += 1
            lineStart = index + 1
        }
        index += 1
    }

    private mutating func step() throws(HCLError) {
        guard let scalar = peek() else { return }
        let (start, startLine, column) = (index, line, index - lineStart + 1)
        let kind: HCLToken.Kind
        var text: String?
        switch scalar {
        case " ", "\t":
            return advance()
        case "#":
            return skipLine()
        case "/" where peek(1) == "/":
            return skipLine()
        case "/" where peek(1) == "*":
            return try skipComment()
        case "\"":
            kind = .string
            try skipString()
        case "<" where peek(1) == "<":
            guard let body = try heredoc() else { return advance() }
            kind = .heredoc
            text = body
        case "\n":
            kind = .newline
            advance()
        case _ where scalar == "_" || scalar.properties.isAlphabetic:
            kind = .identifier
            while let next = peek(), Self.isWord(next) { advance() }
        default:
            kind = .symbol
            advance()
        }
        tokens.append(
            HCLToken(
                kind: kind,
                text: text ?? Self.text(source[start..<index]),
                line: startLine,
                column: column
            )
        )
    }

    private mutating func skipLine() {
        while let scalar = peek(), scalar != "\n" { advance() }
    }

    private mutating func skipComment() throws(HCLError) {
        let start = failure("the comment has no end (write */)")
        advance()
        advance()
        while peek() != "*" || peek(1) != "/" {
            guard peek() != nil else { throw start }
            advance()
        }
        advance()
        advance()
    }

    /// Skips a quoted string with the templates in it, which may hold strings again.
    private mutating func skipString() throws(HCLError) {
        let start = failure("the string has no end (write \")")
        advance()
        while let scalar = peek(), scalar != "\n" {
            let isTemplate = (scalar == "$" || scalar == "%") && peek(1) == "{"
            switch scalar {
            case "\"":
                return advance()
            case "\\" where peek(1) != nil:
                advance()
                advance()
            case "$" where peek(1) == "$", "%" where peek(1) == "%":
                advance()
                advance()
            case _ where isTemplate:
                advance()
                try skipTemplate()
            default:
                advance()
            }
        }
        throw start
    }

    /// Skips from `{` to the brace that closes it.
    private mutating func skipTemplate() throws(HCLError) {
        let start = failure("the template has no end (write })")
        var depth = 0
        while let scalar = peek() {
            if scalar == "\"" {
                try skipString()
                continue
            }
            advance()
            if scalar == "{" { depth += 1 }
            if scalar == "}" { depth -= 1 }
            if depth == 0 { return }
        }
        throw start
    }

    /// Skips `<<NAME` or `<<-NAME` to the line with NAME and returns the lines between.
    ///
    /// It returns `nil` and skips nothing if no name and line end follow the `<<`.
    private mutating func heredoc() throws(HCLError) -> String? {
        let start = failure("the heredoc has no end (write its name on a line of its own)")
        var end = index + 2
        if end < source.count, source[end] == "-" { end += 1 }
        let nameStart = end
        while end < source.count, Self.isWord(source[end]) { end += 1 }
        guard end > nameStart, end < source.count, source[end] == "\n" else { return nil }
        let name = Self.text(source[nameStart..<end])
        while index <= end { advance() }
        var lines: [String] = []
        while index < source.count {
            let lineStart = index
            skipLine()
            let text = Self.text(source[lineStart..<index])
            if text.split(whereSeparator: { $0 == " " || $0 == "\t" }) == [name[...]] {
                return lines.joined(separator: "\n")
            }
            lines.append(text)
            if index < source.count { advance() }
        }
        throw start
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar == "-" || scalar.properties.isAlphabetic
            || scalar.properties.numericType != nil
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }
}
