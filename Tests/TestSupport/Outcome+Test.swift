public import Shell
public import Testing

/// In a failed expectation: how it ended and the last lines that it wrote, not its bytes as numbers.
extension Outcome: CustomTestStringConvertible {
    public var testDescription: String {
        ([ending] + [outputText, errorText].map { text in
            text.split(separator: "\n").suffix(30).map { "  | \($0)" }.joined(separator: "\n")
        }).joined(separator: "\n")
    }
}
