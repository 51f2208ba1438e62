extension YAMLNode {
    /// The number of nodes that the aliases of a text may repeat, together: 100,000.
    ///
    /// It stops texts of a few lines that stand for billions of nodes.
    public static let aliasedNodeLimit = 100_000

    /// The number of collections that may stand inside each other, aliases followed: 100.
    public static let depthLimit = 100

    /// Reads one YAML document; `nil` if it holds nothing but comments.
    ///
    /// Types are those of YAML 1.2's core schema, except that a leading zero makes a string (`0644`);
    /// quoted scalars are strings. Aliases are replaced by what they name, `<<` merges mappings.
    ///
    /// - Parameters:
    ///   - text: The whole document.
    ///   - file: The name that marks and errors carry.
    /// - Returns: The document's node, with the place of each node in it.
    /// - Throws: ``YAMLError`` for the first fault.
    public static func parse(_ text: String, file: String) throws(YAMLError) -> YAMLNode? {
        try parse(bytes: Array(text.utf8), file: file)
    }

    /// Reads one YAML document out of the bytes of a file, as ``parse(_:file:)`` does.
    ///
    /// - Parameters:
    ///   - bytes: The whole document, in UTF-8.
    ///   - file: The name that marks and errors carry.
    /// - Returns: The document's node, with the place of each node in it.
    /// - Throws: ``YAMLError`` for the first fault; bytes that are not UTF-8 are one.
    public static func parse(bytes: [UInt8], file: String) throws(YAMLError) -> YAMLNode? {
        var faults: [YAMLError] = []
        let node = try parse(bytes: bytes, file: file, faults: &faults)
        if let first = faults.first { throw first }
        return node
    }

    /// Reads one YAML document and goes on after faults that leave the rest readable.
    ///
    /// - Parameters:
    ///   - bytes: The whole document, in UTF-8.
    ///   - file: The name that marks and errors carry.
    ///   - faults: Gains duplicate keys, of which the node keeps the first, and `<<` that merge
    ///     nothing, also if the call throws.
    /// - Returns: The document's node, with the place of each node in it.
    /// - Throws: ``YAMLError`` for the first other fault, after which nothing is read.
    public static func parse(bytes: [UInt8], file: String, faults: inout [YAMLError])
        throws(YAMLError) -> YAMLNode?
    {
        try checkCharacters(bytes, file: file)
        // libyaml would count a byte order mark as a column, and so as indentation.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
        var composer = Composer(EventReader(text, file: file))
        defer { faults += composer.faults }
        return try composer.document()
    }

    /// Throws for what libyaml's reader would refuse without naming line and column.
    private static func checkCharacters(_ bytes: [UInt8], file: String) throws(YAMLError) {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var line = 1
        var column = 1
        var offset = 0
        while true {
            switch decoder.decode(&iterator) {
            case .emptyInput:
                return
            case .error:
                let mark = Mark(file: file, line: line, column: column)
                throw YAMLError(reason: .invalidUTF8(byte: bytes[offset]), mark: mark)
            case .scalarValue(let scalar):
                guard isAllowed(scalar, isFirst: offset == 0) else {
                    let mark = Mark(file: file, line: line, column: column)
                    throw YAMLError(reason: .forbiddenCharacter(scalar.value), mark: mark)
                }
                offset += UTF8.width(scalar)
                column += 1
                if scalar == "\n" { (line, column) = (line + 1, 1) }
            }
        }
    }

    private static func isAllowed(_ scalar: Unicode.Scalar, isFirst: Bool) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0x10000...0x10FFFF: true
        case 0xFEFF: isFirst
        case 0xE000...0xFFFD: true
        default: false
        }
    }
}
