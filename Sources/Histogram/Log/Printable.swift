/// Returns text that came from a file or a node as a terminal may show it.
///
/// Control characters, which might move the cursor or change the window's title, and those that
/// turn the direction of writing become `\u{1b}`; beyond `limit` characters it is cut.
package func printable(_ text: String, limit: Int = 1_000) -> String {
    var shown = ""
    var count = 0
    for scalar in text.unicodeScalars {
        guard count < limit else { return shown + "…" }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
            shown += "\\u{\(String(scalar.value, radix: 16))}"
        default:
            shown.unicodeScalars.append(scalar)
        }
        count += 1
    }
    return shown
}
