extension String {
    /// This text without what a terminal would obey: everything that comes from elsewhere passes here
    /// before it is printed.
    ///
    /// Control characters but line breaks and tabs, and marks that turn the direction of writing,
    /// become U+FFFD.
    package var printable: String {
        guard unicodeScalars.contains(where: \.isCommand) else { return self }
        var shown = UnicodeScalarView()
        for scalar in unicodeScalars { shown.append(scalar.isCommand ? "\u{FFFD}" : scalar) }
        return String(shown)
    }

    /// This text in one line, for a place where the next line would pass for something else.
    package var printableLine: String {
        split(whereSeparator: \.isNewline).joined(separator: " ").printable
    }
}

extension Unicode.Scalar {
    fileprivate var isCommand: Bool {
        switch value {
        case 0x09, 0x0A: false
        case 0x00...0x1F, 0x7F...0x9F: true
        case 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
