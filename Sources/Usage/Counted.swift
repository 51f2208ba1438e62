extension [String] {
    /// These in one phrase, such as `1, 2 and 3`.
    package var listed: String {
        count < 2 ? joined() : dropLast().joined(separator: ", ") + " and " + (last ?? "")
    }
}

extension Int {
    /// This number with its noun, such as `1 server`, `3 servers` or `500,000 keys`.
    ///
    /// - Parameters:
    ///   - noun: What is counted, in the singular.
    ///   - nouns: The same in the plural; with an `s` at its end unless given.
    /// - Returns: Both, with commas in the number.
    package func of(_ noun: String, _ nouns: String? = nil) -> String {
        "\(withCommas) \(self == 1 ? noun : nouns ?? noun + "s")"
    }

    /// This number with a comma before each three digits, whatever the user's language.
    package var withCommas: String {
        var text = ""
        for (place, digit) in "\(magnitude)".reversed().enumerated() {
            if place > 0, place.isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + String(text.reversed())
    }
}
