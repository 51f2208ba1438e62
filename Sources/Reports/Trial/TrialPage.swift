internal import Bench
internal import Histogram
internal import JSON
internal import Usage

/// The page of one trial.
enum TrialPage {
    /// Makes the page; the verdict stands first.
    static func page(of path: String, at file: String) async throws -> Page {
        let trial = try await TrialFolder(at: path)
        let view = await TrialView(of: trial, at: file)
        var page = Page(
            title: "\(view.title) – trial",
            header: """
                <header><h1>\(HTML.text(view.title))</h1>
                <p class="soft">\(HTML.text(view.subtitle))</p></header>
                \(view.verdict)
                """
        )
        page.add("Figures", id: "figures", view.figures)
        page.add("Over time", id: "time", view.time(&page))
        page.add("Latency by percentile", id: "percentiles", view.percentiles(&page))
        page.add("Loaders and servers", id: "nodes", view.nodes(&page))
        page.add("Events", id: "events", view.events)
        page.add("Settings", id: "settings", view.settings)
        page.add("Environment", id: "environment", view.environment)
        page.add("Commands", id: "commands", view.commands(limit: 20_000))
        page.add("Files", id: "files", view.files)
        return page
    }
}

/// What a page shows of one trial, part by part; also of each trial of an experiment.
struct TrialView: Sendable {
    let trial: TrialFolder
    /// The page, from which links lead.
    let file: String
    let course: Course?
    let snapshot: Snapshot
    let axis: TimeAxis
    /// What must be said beside the figures.
    let notes: [String]

    init(of trial: TrialFolder, at file: String) async {
        self.trial = trial
        self.file = file
        var notes = trial.summary?.notes ?? []
        var course: Course?
        do {
            course = try trial.summary.map { try Course(of: $0.files) }
        } catch {
            notes.append("\(error)")
        }
        self.course = course
        let length = Double(max(1, course.map { $0.times.count * $0.step } ?? 1))
        if let start = trial.start, course != nil, trial.scenario == nil {
            let from = Int64((start * 1_000).rounded(.down))
            // a sample before the first second, from which its rate counts
            snapshot = await Snapshot(
                of: trial.path,
                in: from - 5_000...from + Int64(length * 1_000) + 1_000
            )
        } else {
            snapshot = Snapshot()
        }
        self.notes = notes + snapshot.notes
        axis = TimeAxis(
            length: length,
            window: trial.window,
            events: Events.all(of: trial, snapshot, length: length)
        )
    }

    var title: String { trial.scenario ?? trial.record["label"]?.shortText ?? trial.name }

    var subtitle: String {
        let record = trial.record
        if trial.scenario != nil { return scenarioSubtitle }
        let facts = [
            record["deployment"].map { "deployment \($0.shortText)" },
            record["started"].map { "began \($0.shortText)" },
            record["ended"].map { $0 == .null ? "did not end" : "ended \($0.shortText)" },
            record["dataset"].flatMap { $0 == .null ? nil : "dataset \($0.shortText)" },
        ]
        return facts.compactMap { $0 }.joined(separator: " · ")
    }

    /// Whether the numbers may be used, and why not; as the scripts print it above their table.
    var verdict: String {
        let record = trial.record
        let (word, doubts) = (trial.verdict, trial.doubts)
        let (kind, meaning) =
            switch word {
            case _ where !doubts.isEmpty:
                (
                    "bad",
                    "the evidence is damaged or does not bear out trial.json, which says "
                        + "\(HTML.text(trial.keptVerdict)): these numbers may not be used"
                )
            case "valid":
                (
                    "good",
                    trial.scenario == nil
                        ? "every due request was sent and settled, and every check was passed"
                        : "every user was followed to its end by a loop that was in time"
                )
            case "questionable": ("warn", "these numbers stand, but")
            default: ("bad", "these numbers may not be used")
            }
        let reasons =
            doubts + (record["reasons"]?.strings ?? []) + (record["warnings"]?.strings ?? [])
        let isSaid = trial.fault.map(doubts.contains) ?? true
        let fault = isSaid ? "" : "<p>\(HTML.text(trial.fault ?? ""))</p>"
        return """
            <div class="verdict \(kind)" id="verdict"><p class="word">\(HTML.text(word.uppercased()))</p>
            <p>\(meaning)</p>\(HTML.list(reasons))\(fault)</div>
            """
    }

    /// The table of `bench summary`.
    var figures: String {
        guard let summary = trial.summary else { return "" }
        let unit = LatencyUnit(largest: summary.tags.map(\.histogram.max).max() ?? 0)
        return HTML.table(
            "\(summary.heading), latencies in \(unit.rawValue)",
            head: ["tag"] + summary.titles,
            summary.rows.map { [$0.tag] + Summary.cells(of: $0, in: unit) },
            numbers: true
        ) + """
            <p class="soft">-rt counts from the moment at which a request was due, -st from its sending. \
            Percentiles are of all loaders' histograms added up.</p>
            """ + HTML.list(notes)
    }

    /// What happened during the load, by the numbers that the charts show.
    var events: String {
        guard !axis.events.isEmpty else {
            return trial.summary == nil ? "" : "<p>None are recorded.</p>"
        }
        return HTML.table(
            "seconds since the start of the load; the number marks the event on the charts",
            head: ["number", "second", "event"],
            axis.events.enumerated().map { ["\($0 + 1)", decimals($1.time, 1), $1.text] }
        )
    }

    /// Every remote command.
    func commands(limit: Int) -> String {
        let damaged = trial.damagedCommands
        let remark =
            damaged > 0
            ? HTML.list(["commands.jsonl: \(damaged.of("damaged line")) left out"]) : ""
        guard !trial.commands.isEmpty else { return remark }
        let rows = trial.commands.map { command in
            [
                command.start, command.node, HTMLCell.command(command.command, limit: limit),
                decimals(command.seconds, 3), HTML.text(command.status, limit: 300),
            ]
        }
        let body = rows.map { row in
            "<tr><th scope=\"row\">\(HTML.text(row[0]))</th><td>\(HTML.text(row[1]))</td>"
                + "<td>\(row[2])</td><td>\(row[3])</td><td>\(row[4])</td></tr>"
        }
        let heads = ["began", "node", "command", "seconds", "status"]
            .map { "<th scope=\"col\">\($0)</th>" }.joined()
        let table =
            "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"remote commands\">"
            + "<table class=\"commands\"><thead><tr>\(heads)</tr></thead><tbody>"
            + body.joined(separator: "\n") + "</tbody></table></div>"
        return remark + HTML.folded(rows.count.of("remote command"), table)
    }

    /// Links to the raw files.
    var files: String {
        let rows = trial.files.map { path, bytes in
            let way = Report.way(to: "\(trial.path)/\(path)", from: file)
            return "<tr><th scope=\"row\">\(HTML.link(to: way, path))</th>"
                + "<td>\(bytes.grouped)</td></tr>"
        }
        let table =
            "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"files\">"
            + "<table class=\"numbers\"><thead><tr><th scope=\"col\">file</th>"
            + "<th scope=\"col\">bytes</th></tr></thead><tbody>\(rows.joined(separator: "\n"))"
            + "</tbody></table></div>"
        return rows.count > 40 ? HTML.folded("\(rows.count) files", table) : table
    }
}

/// Cells that are more than a line of text.
enum HTMLCell {
    /// A command: its first line, and all of it folded away where there is more.
    static func command(_ text: String, limit: Int) -> String {
        let shown = text.count > limit ? text.prefix(limit) + " …" : text[...]
        let title = Events.title(of: text)
        guard shown.contains("\n") || shown.count > 160 else {
            return "<code>\(HTML.text(String(shown)))</code>"
        }
        return
            "<details><summary>\(HTML.text(title))</summary><pre>\(HTML.text(String(shown)))</pre>"
            + "</details>"
    }
}
