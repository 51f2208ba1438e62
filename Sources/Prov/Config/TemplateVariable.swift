package import YAML

/// A variable that a template declares in a `.tf` file.
package struct TemplateVariable: Sendable, Hashable {
    /// The name: a config key, and `TF_VAR_` with it the environment variable.
    package let name: String
    /// The type as written, without blanks, such as `list(string)`; empty if none is written.
    package let type: String
    /// Whether the template does without a value.
    package let hasDefault: Bool
    /// Whether it is marked `sensitive = true`.
    package let isSensitive: Bool
    /// What it is for; empty if the template does not say.
    package let description: String
    /// Where the word `variable` stands.
    package let mark: Mark
}

extension TemplateVariable {
    /// Returns the variables that one `.tf` text declares, in its order.
    ///
    /// - Throws: ``ConfigErrors`` if strings, comments or braces have no end, or a block no name.
    static func scan(_ text: String, file: String) throws(ConfigErrors) -> [TemplateVariable] {
        do throws(HCLError) {
            var blocks = BlockReader(tokens: try HCLLexer.tokens(in: text), file: file)
            return try blocks.variables()
        } catch {
            let mark = Mark(file: file, line: error.line, column: error.column)
            throw ConfigErrors([ConfigError(.template(error.problem), at: mark)])
        }
    }
}

/// Finds `variable` blocks in the words of a text.
private struct BlockReader {
    let tokens: [HCLToken]
    let file: String
    private var index = 0

    init(tokens: [HCLToken], file: String) {
        self.tokens = tokens
        self.file = file
    }

    mutating func variables() throws(HCLError) -> [TemplateVariable] {
        var variables: [TemplateVariable] = []
        while index < tokens.count {
            let token = tokens[index]
            index += 1
            if token.kind == .identifier, token.text == "variable" {
                variables.append(try variable(token))
            } else if token.text == "{", token.kind == .symbol {
                try skipBlock(from: token)
            }
        }
        return variables
    }

    private mutating func variable(_ start: HCLToken) throws(HCLError) -> TemplateVariable {
        guard index + 1 < tokens.count, [.string, .identifier].contains(tokens[index].kind),
            tokens[index + 1].text == "{"
        else {
            throw HCLError(
                problem: "variable takes one name and a block (write variable \"NAME\" { … })",
                line: start.line,
                column: start.column
            )
        }
        let name = unquoted(tokens[index])
        let brace = tokens[index + 1]
        index += 2
        var attributes: [String: [HCLToken]] = [:]
        while true {
            guard index < tokens.count else { throw unclosed(brace) }
            let token = tokens[index]
            index += 1
            if token.kind == .symbol, token.text == "}" { break }
            if token.kind == .symbol, token.text == "{" {
                try skipBlock(from: token)
            } else if token.kind == .identifier, index < tokens.count, tokens[index].text == "=" {
                index += 1
                attributes[token.text] = expression()
            }
        }
        return TemplateVariable(
            name: name,
            type: (attributes["type"] ?? []).map(\.text).joined(),
            hasDefault: attributes["default"] != nil,
            isSensitive: attributes["sensitive"]?.map(\.text) == ["true"],
            description: attributes["description"]?.first.map(unquoted) ?? "",
            mark: Mark(file: file, line: start.line, column: start.column)
        )
    }

    /// Takes words up to the line's end, or the block's, outside of any brackets.
    private mutating func expression() -> [HCLToken] {
        let start = index
        var depth = 0
        while index < tokens.count {
            let token = tokens[index]
            if depth == 0, token.kind == .newline || (token.kind == .symbol && token.text == "}") {
                break
            }
            if token.kind == .symbol, "([{".contains(token.text) { depth += 1 }
            if token.kind == .symbol, ")]}".contains(token.text) { depth -= 1 }
            index += 1
        }
        return Array(tokens[start..<index])
    }

    private mutating func skipBlock(from brace: HCLToken) throws(HCLError) {
        var depth = 1
        while depth > 0 {
            guard index < tokens.count else { throw unclosed(brace) }
            if tokens[index].kind == .symbol, tokens[index].text == "{" { depth += 1 }
            if tokens[index].kind == .symbol, tokens[index].text == "}" { depth -= 1 }
            index += 1
        }
    }

    private func unclosed(_ brace: HCLToken) -> HCLError {
        HCLError(problem: "the block has no end (write })", line: brace.line, column: brace.column)
    }

    private func unquoted(_ token: HCLToken) -> String {
        guard token.kind == .string else { return token.text }
        var text = ""
        var isEscaped = false
        for character in token.text.dropFirst().dropLast() {
            if character == "\\", !isEscaped {
                isEscaped = true
                continue
            }
            text.append(isEscaped && character == "n" ? "\n" : character)
            isEscaped = false
        }
        return text
    }
}
