internal import YAML

extension YAMLNode {
    /// Writes the node as JSON on one line; keys that are no strings as their text.
    ///
    /// - Parameter isExpression: Whether terraform reads it as an expression, where `${` and `%{`
    ///   begin a template and are doubled to be text.
    /// - Returns: JSON that is also an expression of Terraform's language.
    func json(isExpression: Bool = false) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): "\(number)"
        case .float(let number): number.isFinite ? "\(number)" : "null"
        case .string(let text): Self.quoted(text, isExpression)
        case .sequence(let nodes):
            "[" + nodes.map { $0.json(isExpression: isExpression) }.joined(separator: ",") + "]"
        case .mapping(let mapping):
            "{"
                + mapping.entries.map { entry in
                    let key = entry.key.string ?? entry.key.json()
                    return Self.quoted(key, isExpression) + ":"
                        + entry.value.json(isExpression: isExpression)
                }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String, _ isExpression: Bool) -> String {
        var quoted = "\""
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "{" where isExpression && (previous == "$" || previous == "%"):
                quoted += "\(previous == "$" ? "$" : "%"){"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
            previous = scalar
        }
        return quoted + "\""
    }
}
