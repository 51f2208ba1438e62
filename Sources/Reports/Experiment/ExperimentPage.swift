internal import Bench
internal import Experiment
internal import JSON

/// The page of an experiment, with all its trials.
enum ExperimentPage {
    /// Makes the page; the verdict stands first, the trials are folded away at the end.
    static func page(of path: String, at file: String) async throws -> Page {
        let experiment = try ExperimentView(at: path)
        var views: [TrialView?] = []
        // one after the other: each reads its logs and metrics side by side already
        for part in experiment.parts {
            guard let folder = part.folder else {
                views.append(nil)
                continue
            }
            views.append(await TrialView(of: try await TrialFolder(at: folder), at: file))
        }
        let question = "\(experiment.file.b.name) against \(experiment.file.a.name)"
        var page = Page(
            title: "\(question) – experiment",
            header: """
                <header><h1>\(HTML.text(question))</h1>
                <p class="soft">experiment · \(HTML.text(path))</p></header>
                \(experiment.verdict)\(doubts(experiment, views))
                """
        )
        page.add(
            "Trials",
            id: "trials",
            page.place(experiment.points() + experiment.differences(), sideBySide: true)
                + experiment.trials(
                    views.map { $0?.trial.verdict },
                    from: file
                )
        )
        page.add("Over time", id: "time", page.place(experiment.time(views)))
        page.add(
            "Latency by percentile",
            id: "percentiles",
            page.place(try experiment.percentiles(views), sideBySide: true)
        )
        page.add("Question", id: "question", experiment.question)
        page.add("Settings", id: "settings", settings(experiment, views))
        page.add("Each trial", id: "each", each(experiment, views, &page))
        return page
    }

    /// The trials that count and whose evidence is damaged, or does not bear out their own verdict.
    private static func doubts(_ experiment: ExperimentView, _ views: [TrialView?]) -> String {
        let found = zip(experiment.parts, views).flatMap { part, view in
            part.entry.reasons.isEmpty
                ? (view?.trial.doubts ?? []).map { "\(part.name): \($0)" } : []
        }
        guard !found.isEmpty else { return "" }
        return """
            <div class="verdict bad" id="doubts"><p class="word">EVIDENCE DAMAGED</p>
            <p>the verdict rests on trials whose evidence does not bear it out</p>\(HTML.list(found))</div>
            """
    }

    /// What differs between the first trials of both variants that count.
    private static func settings(_ experiment: ExperimentView, _ views: [TrialView?]) -> String {
        func facts(_ variant: String) -> TrialFacts? {
            zip(experiment.parts, views).first {
                $0.0.variant == variant && $0.0.entry.reasons.isEmpty && $0.1 != nil
            }?.1?.trial.facts
        }
        let (a, b) = (experiment.file.a.name, experiment.file.b.name)
        guard let first = facts(a), let second = facts(b) else { return "" }
        let differences = Difference.between(first.system, second.system)
        guard !differences.isEmpty else {
            return "<p>Settings, versions and limits in force were alike in both variants.</p>"
        }
        return TrialView.table(of: differences, "in force in the first trial of each", a, b)
    }

    private static func each(
        _ experiment: ExperimentView,
        _ views: [TrialView?],
        _ page: inout Page
    ) -> String {
        var html = ""
        for (index, row) in zip(experiment.parts, views).enumerated() {
            guard let view = row.1 else { continue }
            let body = [
                "<p class=\"soft\">\(HTML.text(view.trial.path)) · \(HTML.text(view.subtitle))</p>",
                view.verdict.replacing(" id=\"verdict\"", with: ""), view.figures,
                HTML.section("Over time", view.time(&page), level: 3),
                HTML.section("Latency by percentile", view.percentiles(&page), level: 3),
                HTML.section("Loaders and servers", view.nodes(&page), level: 3),
                HTML.section("Events", view.events, level: 3),
                HTML.section("Settings", view.settings, level: 3),
                HTML.section("Environment", view.environment, level: 3),
                HTML.section("Commands", view.commands(limit: 400), level: 3),
                HTML.section("Files", view.files, level: 3),
            ]
            html += HTML.folded(
                row.0.name,
                body.joined(separator: "\n"),
                id: "trial-\(index + 1)"
            )
        }
        return html
    }
}
