extension JSON {
    /// Reads a JSON text.
    ///
    /// - Throws: ``JSONError`` with the line of the first fault.
    package init(parsing text: String) throws(JSONError) {
        var parser = JSONParser(text: Array(text.utf8))
        self = try parser.document()
    }
}

/// A recursive-descent parser over UTF-8.
private struct JSONParser {
    private static let deepest = 256

    let text: [UInt8]
    private var index = 0
    private var depth = 0

    init(text: [UInt8]) { self.text = text }

    mutating func document() throws(JSONError) -> JSON {
        let value = try value()
        skipSpace()
        guard index == text.count else { throw fault("more behind the value") }
        return value
    }

    private var current: UInt8? { index < text.count ? text[index] : nil }

    private mutating func value() throws(JSONError) -> JSON {
        skipSpace()
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw fault("nested too deep") }
        switch current {
        case UInt8(ascii: "{"): return try .object(members())
        case UInt8(ascii: "["): return try .array(elements())
        case UInt8(ascii: "\""): return try .string(string())
        case nil: throw fault("the text ends where a value should stand")
        default: return try word()
        }
    }

    private mutating func members() throws(JSONError) -> [JSON.Member] {
        var members: [JSON.Member] = []
        index += 1
        skipSpace()
        if take("}") { return members }
        repeat {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw fault("a name in quotes is missing") }
            let name = try string()
            skipSpace()
            guard take(":") else { throw fault("a colon is missing") }
            members.append(JSON.Member(name: name, value: try value()))
            skipSpace()
        } while take(",")
        guard take("}") else { throw fault("a comma or \"}\" is missing") }
        return members
    }

    private mutating func elements() throws(JSONError) -> [JSON] {
        var elements: [JSON] = []
        index += 1
        skipSpace()
        if take("]") { return elements }
        repeat {
            elements.append(try value())
            skipSpace()
        } while take(",")
        guard take("]") else { throw fault("a comma or \"]\" is missing") }
        return elements
    }

    private mutating func word() throws(JSONError) -> JSON {
        let start = index
        while let byte = current, !" \t\r\n,]}:\"[{".utf8.contains(byte) { index += 1 }
        let word = String(decoding: text[start..<index], as: UTF8.self)
        switch word {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .null
        default: break
        }
        let isNumber = word.utf8.allSatisfy { "+-.0123456789eE".utf8.contains($0) }
        guard isNumber, !word.hasPrefix("+"), let number = Double(word) else {
            throw fault("\"\(word)\" is no value")
        }
        return Int64(word).map { .integer($0) } ?? .number(number)
    }

    private mutating func string() throws(JSONError) -> String {
        var bytes: [UInt8] = []
        index += 1
        while let byte = current {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"): bytes += try escape()
            case 0..<0x20: throw fault("a control character in a string")
            default: bytes.append(byte)
            }
        }
        throw fault("a string has no end")
    }

    private mutating func escape() throws(JSONError) -> [UInt8] {
        let escapes: [Character: Character] = [
            "n": "\n", "r": "\r", "t": "\t", "b": "\u{8}", "f": "\u{C}",
            "\"": "\"", "\\": "\\", "/": "/",
        ]
        guard let byte = current else { throw fault("a string has no end") }
        index += 1
        if let plain = escapes[Character(UnicodeScalar(byte))] { return Array(String(plain).utf8) }
        guard byte == UInt8(ascii: "u") else { throw fault("an unknown escape in a string") }
        var units = [try codeUnit()]
        if UTF16.isLeadSurrogate(units[0]), take("\\"), take("u") { units.append(try codeUnit()) }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        let digits = String(decoding: text[index...].prefix(4), as: UTF8.self)
        guard digits.utf8.count == 4, let unit = UInt16(digits, radix: 16) else {
            throw fault("four hexadecimal digits are missing")
        }
        index += 4
        return unit
    }

    private mutating func skipSpace() {
        while let byte = current, " \t\r\n".utf8.contains(byte) { index += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private func fault(_ problem: String) -> JSONError {
        let line = text.prefix(index).count { $0 == UInt8(ascii: "\n") } + 1
        return JSONError(line: line, problem: problem)
    }
}
