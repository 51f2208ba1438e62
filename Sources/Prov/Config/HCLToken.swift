/// A word of Terraform's language, as far as finding `variable` blocks needs it.
struct HCLToken: Hashable {
    enum Kind {
        case identifier, string, heredoc, newline, symbol
    }

    let kind: Kind
    /// The source text: a string with its quotes, a heredoc's body alone.
    let text: String
    /// Where it begins: line and column from 1, the column in Unicode scalars.
    let line: Int
    let column: Int
}
