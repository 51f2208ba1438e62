/// Which plain scalars are numbers, booleans or null.
///
/// The core schema of YAML 1.2 with one difference: a decimal integer with a leading zero, such as
/// `0644` or `01234`, is a string. To the person who wrote it, it is a file mode or a postal code,
/// and readers of YAML 1.1 take it for an octal number. A number that neither `Int` nor `Double`
/// holds, such as a 128-bit token, is a string, too.
enum CoreSchema {
    /// Returns what a plain scalar without a tag stands for.
    static func resolve(_ text: String) -> YAMLValue {
        if isNull(text) { return .null }
        if let flag = bool(text) { return .bool(flag) }
        if isDecimal(text) || text.hasPrefix("0x") || text.hasPrefix("0o") {
            return int(text).map { .int($0) } ?? .string(text)
        }
        return float(text).map { .float($0) } ?? .string(text)
    }

    static func isNull(_ text: String) -> Bool {
        ["", "~", "null", "Null", "NULL"].contains(text)
    }

    static func bool(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE": true
        case "false", "False", "FALSE": false
        default: nil
        }
    }

    /// Returns the integer, or `nil` if `text` is none, has a leading zero, or does not fit an `Int`.
    static func int(_ text: String) -> Int? {
        if text.hasPrefix("0x") { return digits(text.dropFirst(2), radix: 16) }
        if text.hasPrefix("0o") { return digits(text.dropFirst(2), radix: 8) }
        let unsigned = withoutSign(text)
        guard isDecimal(text), unsigned == "0" || unsigned.first != "0" else { return nil }
        return Int(text)
    }

    /// Returns the number, or `nil` if `text` is none or beyond what a `Double` holds.
    ///
    /// Integers are numbers here, for the tag `!!float`; ``resolve(_:)`` tries them first.
    static func float(_ text: String) -> Double? {
        let unsigned = withoutSign(text)
        if [".inf", ".Inf", ".INF"].contains(unsigned) {
            return text.first == "-" ? -.infinity : .infinity
        }
        if [".nan", ".NaN", ".NAN"].contains(text) { return .nan }
        guard isNumber(unsigned), let number = Double(text.first == "." ? "0" + text : text),
            number.isFinite
        else { return nil }
        return number
    }

    /// `[0-9]+` or `[0-9]*\.[0-9]*` with at least one digit, then perhaps `[eE][-+]?[0-9]+`.
    private static func isNumber(_ unsigned: Substring) -> Bool {
        var rest = unsigned.utf8[...]
        func takeDigits() -> Int {
            let digits = rest.prefix { isDigit($0) }
            rest = rest.dropFirst(digits.count)
            return digits.count
        }
        var mantissa = takeDigits()
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            mantissa += takeDigits()
        }
        guard mantissa > 0 else { return false }
        guard let mark = rest.first else { return true }
        guard mark | 0x20 == UInt8(ascii: "e") else { return false }
        rest = rest.dropFirst()
        if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
            rest = rest.dropFirst()
        }
        return takeDigits() > 0 && rest.isEmpty
    }

    private static func isDecimal(_ text: String) -> Bool {
        let unsigned = withoutSign(text).utf8
        return !unsigned.isEmpty && unsigned.allSatisfy(isDigit)
    }

    private static func digits(_ text: Substring, radix: Int) -> Int? {
        guard text.first != "-", text.first != "+" else { return nil }
        return Int(text, radix: radix)
    }

    private static func withoutSign(_ text: String) -> Substring {
        text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

extension CoreSchema {
    /// Returns whether a reader of YAML 1.1 may take the plain `text` for something else than text.
    ///
    /// It errs on the side of quoting: whatever starts like a number and holds only characters of
    /// numbers, times and dates counts.
    static func isAmbiguous(_ text: String) -> Bool {
        guard case .string = resolve(text) else { return true }
        let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "<<", "="]
        if words.contains(text.lowercased()) { return true }
        let bytes = Array(text.utf8)
        guard
            let start = bytes.first(where: { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") }),
            isDigit(start) || start == UInt8(ascii: ".")
        else { return false }
        let numeric = Set("0123456789abcdefABCDEFxXoO_.:+-eEtTzZinfINFaA \t".utf8)
        return bytes.allSatisfy(numeric.contains)
    }
}
