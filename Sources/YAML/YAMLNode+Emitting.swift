extension YAMLNode {
    /// Writes the node as a YAML document in block style, which ``parse(_:file:)`` reads back equal.
    ///
    /// Order and types are kept: a string that looks like a number, a boolean or null, be it to a
    /// reader of YAML 1.1 only, is quoted; a float keeps its point. A string that was read plain is
    /// written plain, and one of several lines as a literal block where that can hold it. Comments,
    /// anchors and merge keys do not survive parsing and so are not written.
    public func emitted() -> String {
        let writer = EventWriter()
        write(to: writer)
        return writer.finish()
    }

    private func write(to writer: borrowing EventWriter) {
        switch value {
        case .null: writer.scalar("null", .plain)
        case .bool(let flag): writer.scalar(flag ? "true" : "false", .plain)
        case .int(let number): writer.scalar("\(number)", .plain)
        case .float(let number): writer.scalar(Self.text(number), .plain)
        case .string(let text): writer.scalar(text, stringStyle(text))
        case .sequence(let nodes):
            writer.startSequence()
            for node in nodes { node.write(to: writer) }
            writer.endSequence()
        case .mapping(let mapping):
            writer.startMapping()
            for entry in mapping.entries {
                entry.key.write(to: writer)
                entry.value.write(to: writer)
            }
            writer.endMapping()
        }
    }

    /// Returns the shortest text that reads back to the same float, in YAML 1.1, too.
    private static func text(_ number: Double) -> String {
        if number.isNaN { return ".nan" }
        if number.isInfinite { return number < 0 ? "-.inf" : ".inf" }
        let text = "\(number)"
        // YAML 1.1 takes 1e+20 for a string: it wants a point before the exponent.
        guard !text.contains("."), let exponent = text.firstIndex(of: "e") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }

    private func stringStyle(_ text: String) -> EventWriter.Style {
        // libyaml would write these as line breaks, which read back as line feeds.
        let otherBreaks: Set<Unicode.Scalar> = ["\r", "\u{85}", "\u{2028}", "\u{2029}"]
        guard !text.unicodeScalars.contains(where: otherBreaks.contains) else {
            return .doubleQuoted
        }
        if text.unicodeScalars.contains("\n") {
            let startsBlank = text.unicodeScalars.first?.properties.isWhitespace ?? true
            return startsBlank ? .doubleQuoted : .literal
        }
        if case .string = CoreSchema.resolve(text), text != "<<", style == .plain { return .plain }
        return CoreSchema.isAmbiguous(text) ? .doubleQuoted : .plain
    }
}
