/// A place in a YAML file.
public struct Mark: Sendable, Hashable, CustomStringConvertible {
    /// The file as the caller named it.
    public let file: String
    /// Counted from 1; 0 for a node made in code.
    public let line: Int
    /// Counted from 1, in Unicode scalars; 0 for a node made in code.
    public let column: Int

    /// Makes a place; `line` and `column` count from 1.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// The place of a node that code made rather than a file.
    public static let inCode = Mark(file: "(made in code)", line: 0, column: 0)

    /// `file:line:column`, or the file alone for a node made in code.
    public var description: String { line == 0 ? file : "\(file):\(line):\(column)" }
}
