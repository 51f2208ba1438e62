/// A fault in a YAML text, with the place to fix.
///
/// The description never shows a value of the text, which may be a secret; keys, tags and names of
/// anchors it shows.
public struct YAMLError: Error, Hashable, CustomStringConvertible {
    /// What is wrong; code branches on this, never on the text.
    public enum Reason: Sendable, Hashable {
        /// The text is no YAML; the string says what the parser met.
        case syntax(String)
        /// A byte that is not part of UTF-8 text.
        case invalidUTF8(byte: UInt8)
        /// A character that YAML allows only as an escape in double quotes.
        case forbiddenCharacter(UInt32)
        /// A second document begins here.
        case secondDocument
        /// A key that the same mapping holds already.
        case duplicateKey(String, first: Mark)
        /// An alias of an anchor that does not stand before it.
        case unknownAlias(String)
        /// An alias inside the very node that it names.
        case recursiveAlias(String)
        /// Aliases repeat more nodes than ``YAMLNode/aliasedNodeLimit``.
        case tooManyAliasedNodes
        /// Collections stand deeper in each other than ``YAMLNode/depthLimit``.
        case tooDeep
        /// A tag that is none of the core schema.
        case unknownTag(String)
        /// A value that is not what its tag says.
        case tagMismatch(tag: String)
        /// A merge key with a value that cannot be merged; the string is its kind.
        case unmergeable(String)
    }

    /// What is wrong.
    public let reason: Reason
    /// Where it stands.
    public let mark: Mark

    /// `file:line:column: ` and what is wrong there, with the remedy.
    public var description: String { "\(mark): \(reason)" }
}

extension YAMLError.Reason: CustomStringConvertible {
    /// What is wrong, with the remedy, but without the place.
    public var description: String {
        switch self {
        case .syntax(let problem):
            problem
        case .invalidUTF8(let byte):
            "byte 0x\(hexadecimal(UInt32(byte), width: 2)) is not UTF-8 (save the file as UTF-8)"
        case .forbiddenCharacter(let scalar):
            "character U+\(hexadecimal(scalar, width: 4)) is not allowed (write it as an escape"
                + " in double quotes)"
        case .secondDocument:
            "a second document begins here (keep one document in each file)"
        case .duplicateKey(let key, let first):
            "duplicate key \"\(key)\" (first set at \(first))"
        case .unknownAlias(let name):
            "alias \"*\(name)\" names no anchor before it (write \"&\(name)\" at the value)"
        case .recursiveAlias(let name):
            "alias \"*\(name)\" stands inside the value that it names"
        case .tooManyAliasedNodes:
            "aliases repeat more than \(YAMLNode.aliasedNodeLimit) nodes"
        case .tooDeep:
            "more than \(YAMLNode.depthLimit) collections stand inside each other"
        case .unknownTag(let tag):
            "unknown tag \"\(tag)\" (use none, or !!str, !!int, !!float, !!bool, !!null, !!seq"
                + " or !!map)"
        case .tagMismatch(let tag):
            "the value does not fit its tag \"\(tag)\"\(tag == "!!int" ? Self.integerHint : "")"
        case .unmergeable(let kind):
            "\"<<\" takes a mapping or a list of mappings, found \(kind)"
        }
    }

    private static let integerHint = " (write 12, 0o14 or 0xC)"
}

private func hexadecimal(_ number: UInt32, width: Int) -> String {
    let digits = String(number, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
