internal import Bench
internal import Digest
private import Foundation
internal import JSON

/// A page that opens without a network: one file with its style, its scripts and its figures.
struct Page {
    /// What the browser's tab says.
    let title: String
    /// What stands above everything.
    let header: String
    private var parts: [(title: String, id: String, html: String)] = []
    private var charts: [JSON] = []

    init(title: String, header: String) {
        self.title = title
        self.header = header
    }

    /// Adds a part with a heading; an empty one is left out.
    mutating func add(_ title: String, id: String, _ html: String) {
        if !html.isEmpty { parts.append((title, id, html)) }
    }

    /// Returns the place of a chart, whose figures the page then holds; empty if it would be empty.
    mutating func place(_ chart: Chart) -> String {
        guard !chart.isEmpty else { return "" }
        let id = "c\(charts.count + 1)"
        charts.append(chart.json(id: id))
        let note = chart.note.isEmpty ? "" : "<p>\(HTML.text(chart.note))</p>"
        return """
            <figure data-chart="\(id)"><figcaption>\(HTML.text(chart.title))\(note)</figcaption>
            <div class="chart" role="img" aria-label="\(HTML.text(chart.title + ": " + chart.description))"></div></figure>
            """
    }

    /// Returns the places of several charts, side by side where there is room for two.
    mutating func place(_ charts: [Chart], sideBySide: Bool = false) -> String {
        let places = charts.map { place($0) }.filter { !$0.isEmpty }
        guard !places.isEmpty else { return "" }
        return "<div class=\"charts\(sideBySide ? " two" : "")\">"
            + places.joined(separator: "\n") + "</div>"
    }

    /// The whole file.
    ///
    /// Its policy lets the two scripts run whose digests it names and nothing else: no other script,
    /// no address, no form.
    func html(drawnBy library: String) -> String {
        let scripts = [library, PageScript.text]
        let style = PageStyle.text
        let policy =
            "default-src 'none'; script-src \(scripts.map(Self.source).joined(separator: " ")); "
            + "style-src \(Self.source(style)); img-src data:; base-uri 'none'; form-action 'none'"
        let links = parts.map { "<li><a href=\"#\($0.id)\">\(HTML.text($0.title))</a></li>" }
        let sections = parts.map { part in
            "<section id=\"\(part.id)\">\n<h2>\(HTML.text(part.title))</h2>\n\(part.html)\n</section>"
        }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="\(policy)">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="referrer" content="no-referrer">
            <title>\(HTML.text(title))</title>
            <style>\(style)</style>
            </head>
            <body>
            <a class="skip" href="#verdict">to the verdict</a>
            \(header)
            <nav aria-label="parts of this page"><ul>\(links.joined(separator: "\n"))</ul></nav>
            <main>
            \(sections.joined(separator: "\n"))
            <noscript><p>The charts need JavaScript; everything else is here.</p></noscript>
            </main>
            <div id="tip" aria-hidden="true"></div>
            <script type="application/json" id="data">\(JSON.array(charts).embedded)</script>
            <script>\(library)</script>
            <script>\(PageScript.text)</script>
            </body>
            </html>

            """
    }

    /// How a policy names an inline script or style: by the digest of its text.
    private static func source(_ text: String) -> String {
        var digest = SHA256()
        digest.add(text.utf8)
        return "'sha256-\(Data(digest.finish()).base64EncodedString())'"
    }
}
