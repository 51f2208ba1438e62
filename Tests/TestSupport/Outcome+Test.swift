public import Shell
public import Testing

extension Outcome: CustomTestStringConvertible {
    /// In a failed expectation: how it ended and the last lines that it wrote, not its bytes as numbers.
    public var testDescription: String {
        let texts = [outputText, errorText].map { text in
            text.split(separator: "\n").suffix(30).map { "  | \($0)" }.joined(separator: "\n")
        }
        return ([ending] + texts).joined(separator: "\n")
    }
}
