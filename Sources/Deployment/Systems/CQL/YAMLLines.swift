import YAML

/// The lines of a YAML text, and edits of single entries in block style.
///
/// What comes out is a proposal: ``YAMLText`` reads it again before it believes it.
struct YAMLLines {
    /// Scalars, as which marks count columns.
    typealias Line = [Unicode.Scalar]

    private var lines: [Line]

    init(_ text: String) {
        lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map(Array.init)
        lines.removeLast()
    }

    private init(_ lines: some Sequence<Line>) { self.lines = Array(lines) }

    /// The whole text.
    var text: String {
        var scalars = String.UnicodeScalarView()
        for line in lines { scalars.append(contentsOf: line + ["\n"]) }
        return String(scalars)
    }

    /// Gives the entry at the end of a way another value.
    func replacing(_ way: Way, by value: String) -> YAMLLines? {
        guard let entry = way.entries.last ?? nil else {
            return replacingElement(way.node, by: value)
        }
        guard let colon = colon(behind: entry.key) else { return nil }
        let (row, last) = (entry.key.mark.line - 1, end(of: entry))
        let rest = lines[row][(colon + 1)...]
        let start = rest.firstIndex { $0 != " " } ?? rest.endIndex
        let isInline = start < rest.endIndex && rest[start] != "#"
        if isInline, row == last, let end = endOfScalar(row, from: start) {
            return replacing(row, start..<end, by: value)
        }
        // What stands in the lines below goes; a comment behind the name stays.
        let comment = isInline ? [] : Array(rest[start...])
        let text = lines[row][...colon] + Array(" \(Self.written(value))".unicodeScalars)
        let line = text + (comment.isEmpty ? [] : [" "] + comment)
        return YAMLLines(lines[..<row] + [Array(line)] + lines[(last + 1)...])
    }

    private func replacingElement(_ node: YAMLNode, by value: String) -> YAMLLines? {
        let (row, start) = (node.mark.line - 1, node.mark.column - 1)
        guard node.sequence == nil, node.mapping == nil, !node.isNull,
            let end = endOfScalar(row, from: start)
        else { return nil }
        return replacing(row, start..<end, by: value)
    }

    private func replacing(_ row: Int, _ range: Range<Int>, by value: String) -> YAMLLines {
        var new = lines
        let quote = lines[row][range.lowerBound]
        let text =
            ["'", "\""].contains(quote) ? Self.quoted(value, by: quote) : Self.written(value)
        new[row].replaceSubrange(range, with: text.unicodeScalars)
        return YAMLLines(new)
    }

    /// Removes an entry with all that stands below it.
    func removing(_ way: Way) -> YAMLLines? {
        guard let entry = way.removedEntry else { return nil }
        let row = entry.key.mark.line - 1
        guard lines[row][..<(entry.key.mark.column - 1)].allSatisfy({ $0 == " " }) else {
            return nil
        }
        return YAMLLines(lines[..<row] + lines[(end(of: entry) + 1)...])
    }

    /// Adds the entry of a path of which a way found only the beginning: proposals, the best one first.
    func adding(_ path: [String], behind way: Way, _ value: String) -> [YAMLLines?] {
        let missing = path[way.entries.count...]
        guard way.node.mapping != nil || way.node.isNull,
            !missing.contains(where: { $0.allSatisfy(\.isNumber) })
        else { return [] }
        var indent = 0
        var rows = [lines.count]
        if let first = way.node.mapping?.entries.first {
            indent = first.key.mark.column - 1
        } else if let parent = way.entries.last ?? nil {
            indent = parent.key.mark.column + 3
        }
        if let parent = way.entries.last ?? nil {
            rows = [end(of: parent) + 1]
        } else if !way.entries.isEmpty {
            guard let last = way.node.mapping?.entries.last else { return [] }
            rows = [end(of: last) + 1]
        } else if let mention = rowBehindMention(of: missing[missing.startIndex]) {
            rows = [mention, lines.count]
        }
        var added: [Line] = []
        for (depth, name) in missing.enumerated() {
            let isLast = depth == missing.count - 1
            let text = String(repeating: " ", count: indent + 4 * depth) + name + ":"
            added.append(Array((isLast ? "\(text) \(Self.written(value))" : text).unicodeScalars))
        }
        return rows.map { YAMLLines(lines[..<$0] + added + lines[$0...]) }
    }

    /// The row behind a comment at the margin that shows the entry, as vendors' files have them.
    private func rowBehindMention(of name: String) -> Int? {
        let mention = lines.lastIndex { line in
            let text = line.drop { $0 == "#" || $0 == " " }
            return line.first == "#" && text.starts(with: (name + ":").unicodeScalars)
                && (text.count == name.unicodeScalars.count + 1
                    || text.dropFirst(name.unicodeScalars.count + 1).first == " ")
        }
        guard var row = mention else { return nil }
        row += 1
        // What the comment shows below the entry belongs to it.
        while row < lines.count, lines[row].starts(with: "#  ".unicodeScalars) { row += 1 }
        return row
    }

    /// The column of the colon behind an entry's name.
    private func colon(behind key: YAMLNode) -> Int? {
        guard let name = key.string, key.mark.line > 0 else { return nil }
        let line = lines[key.mark.line - 1]
        var column = key.mark.column - 1
        if ["'", "\""].contains(line[column]) { column += 2 }
        column += name.unicodeScalars.count
        while column < line.count, line[column] == " " { column += 1 }
        return column < line.count && line[column] == ":" ? column : nil
    }

    /// The last row of an entry's value, without the comments and blank lines behind it.
    private func end(of entry: YAMLMapping.Entry) -> Int {
        let indent = entry.key.mark.column - 1
        var last = entry.key.mark.line - 1
        for row in (last + 1)..<max(last + 1, lines.count) {
            let content = lines[row].drop { $0 == " " }
            guard let first = content.first, first != "#" else { continue }
            let depth = lines[row].count - content.count
            let isElement = first == "-" && (content.count == 1 || content.dropFirst().first == " ")
            // A list may stand as far left as its name.
            let belongs =
                depth > indent
                || depth == indent && isElement && entry.value.sequence != nil
            guard belongs else { break }
            last = row
        }
        return last
    }

    /// Where a scalar ends that begins in this column and ends in this row.
    private func endOfScalar(_ row: Int, from start: Int) -> Int? {
        let line = lines[row]
        switch line[start] {
        case "'":
            var column = start + 1
            while column < line.count {
                if line[column] == "'" {
                    guard column + 1 < line.count, line[column + 1] == "'" else {
                        return column + 1
                    }
                    column += 1
                }
                column += 1
            }
            return nil
        case "\"":
            var column = start + 1
            while column < line.count, line[column] != "\"" {
                column += line[column] == "\\" ? 2 : 1
            }
            return column < line.count ? column + 1 : nil
        case "|", ">", "&", "*", "!": return nil
        default:
            var end = start
            while end < line.count {
                if line[end] == "#", line[end - 1] == " " { break }
                end += 1
            }
            while end > start, line[end - 1] == " " { end -= 1 }
            return end
        }
    }

    /// A value as it stands in a file: in quotes only if it would be read as something else than text.
    private static func written(_ value: String) -> String {
        guard let node = read(value), !value.contains("#") else { return quoted(value, by: "'") }
        return node.string == nil || node.string == value || isQuoted(value)
            ? value : quoted(value, by: "'")
    }

    /// Whether a node is what such a value was to become.
    static func means(_ node: YAMLNode, _ value: String) -> Bool {
        node.string == value || node == read(value)
    }

    private static func read(_ value: String) -> YAMLNode? {
        let node = try? YAMLNode.parse("a: \(value)\n", file: "value")
        return node.flatMap { $0["a"] }
    }

    private static func isQuoted(_ value: String) -> Bool {
        value.count > 1 && (value.first == "'" || value.first == "\"") && value.last == value.first
    }

    private static func quoted(_ value: String, by quote: Unicode.Scalar) -> String {
        if isQuoted(value), read(value)?.string != nil { return value }
        return quote == "'"
            ? "'" + value.replacing("'", with: "''") + "'"
            : "\"" + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
