internal import Bench
internal import Histogram

/// Text as HTML shows it; everything that is not ours passes here.
enum HTML {
    /// Returns text with the characters escaped that mean something in text or in a quoted attribute.
    ///
    /// Control characters and those that turn the direction of writing are shown as their numbers;
    /// tabs and line feeds stay.
    static func text(_ text: String, limit: Int = 100_000) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false)
                .map { escaped(printable(String($0), limit: limit)) }.joined(separator: "\t")
        }.joined(separator: "\n")
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
            .replacing("'", with: "&#39;")
    }

    /// A table; the cells of the head and of the first column name what the others hold.
    ///
    /// - Parameters:
    ///   - caption: What the table shows; empty for none.
    ///   - head: The titles of the columns.
    ///   - rows: The cells as text.
    ///   - numbers: Whether all columns but the first hold numbers, which stand to the right.
    /// - Returns: The table in a part that scrolls sideways where it is too wide.
    static func table(
        _ caption: String,
        head: [String],
        _ rows: [[String]],
        numbers: Bool = false
    ) -> String {
        let title = caption.isEmpty ? "" : "<caption>\(text(caption))</caption>"
        let heads = head.map { "<th scope=\"col\">\(text($0))</th>" }.joined()
        let body = rows.map { row in
            let cells = row.enumerated().map { column, cell in
                column == 0 ? "<th scope=\"row\">\(text(cell))</th>" : "<td>\(text(cell))</td>"
            }
            return "<tr>\(cells.joined())</tr>"
        }
        return "<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
            + "aria-label=\"\(text(caption.isEmpty ? "table" : caption))\">"
            + "<table\(numbers ? " class=\"numbers\"" : "")>\(title)"
            + "<thead><tr>\(heads)</tr></thead><tbody>\n\(body.joined(separator: "\n"))\n"
            + "</tbody></table></div>"
    }

    /// A list; empty for no items.
    static func list(_ items: [String]) -> String {
        guard !items.isEmpty else { return "" }
        return "<ul>" + items.map { "<li>\(text($0))</li>" }.joined() + "</ul>"
    }

    /// What is folded away until somebody asks for it.
    static func folded(_ title: String, _ body: String, id: String = "") -> String {
        let name = id.isEmpty ? "" : " id=\"\(id)\""
        return "<details\(name)><summary>\(text(title))</summary>\n\(body)\n</details>"
    }

    /// A part of the page with its heading.
    static func section(_ title: String, _ body: String, level: Int = 2) -> String {
        guard !body.isEmpty else { return "" }
        return "<section>\n<h\(level)>\(text(title))</h\(level)>\n\(body)\n</section>"
    }

    /// A link to a file, by its path from the page's folder.
    static func link(to path: String, _ title: String) -> String {
        let address = path.utf8.map { byte in
            let scalar = UnicodeScalar(byte)
            let isPlain = scalar.isASCII && scalar.properties.isAlphabetic
            guard !isPlain, !"0123456789-_.~/".utf8.contains(byte) else { return String(scalar) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count < 2 ? "0" : "") + digits
        }
        // "a:b" would be taken for an address of the scheme "a"
        return "<a href=\"./\(address.joined())\">\(text(title))</a>"
    }
}
