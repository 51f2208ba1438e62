/// Rows of cells with aligned columns: the first to the left, all others to the right.
package struct TextTable {
    private var rows: [[String]] = []
    private var rules: Set<Int> = []

    package init() {}

    package mutating func add(_ cells: [String]) { rows.append(cells) }

    /// Draws a line below the last row.
    package mutating func addRule() { rules.insert(rows.count) }

    /// The text, each row ending in a line feed, without spaces at the ends of rows.
    ///
    /// `leading` columns are set to the left.
    package func text(leading: Int = 1) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        var text = ""
        for (index, row) in rows.enumerated() {
            if rules.contains(index) {
                let width = widths.reduce(0, +) + 2 * max(0, columns - 1)
                text += String(repeating: "─", count: width) + "\n"
            }
            var line = ""
            for (column, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[column] - cell.count)
                line += (column > 0 ? "  " : "") + (column < leading ? cell + space : space + cell)
            }
            while line.last == " " { line.removeLast() }
            text += line + "\n"
        }
        return text
    }
}
