import Bench
import Digest
import Foundation
import Histogram
import JSON
import Testing

@testable import Reports

@Suite("Report", .timeLimit(.minutes(5)))
struct ReportTests {
    /// The text of the cells of a page, row by row, without markup.
    private func rows(_ html: String) -> Set<[String]> {
        Set(
            html.split(separator: "<tr>").map { row in
                row.prefix(upTo: row.firstRange(of: "</tr>")?.lowerBound ?? row.endIndex)
                    .split(separator: "</").map { cell in
                        String(
                            cell[
                                (cell.lastIndex(of: ">").map(cell.index(after:)) ?? cell.startIndex)...
                            ]
                        )
                    }.filter { !$0.isEmpty && $0 != "\n" }
            }
        )
    }

    @Test("the figures of the page are those of bench summary, cell by cell")
    func figures() async throws {
        let folder = try await SyntheticFolder(pairs: 1, seconds: 12)
        let trial = try folder.trials[0]
        let page = try await Report.write(of: trial + "/")
        let html = try String(contentsOfFile: page, encoding: .utf8)
        let window = Window(from: .seconds(1), to: .seconds(12))
        let summary = try await Summary(of: [trial], in: window)
        let unit = LatencyUnit(largest: summary.tags.map(\.histogram.max).max() ?? 0)
        let cells = rows(html)
        #expect(summary.rows.count == 4)
        for row in summary.rows {
            let expected = [row.tag] + Summary.cells(of: row, in: unit)
            let isThere = cells.contains(expected)
            #expect(isThere, "\(expected)")
            #expect(summary.description.contains(expected.last ?? "?"))
        }
        #expect(html.contains(HTML.text("\(summary.heading), latencies in \(unit.rawValue)")))
        // what a loader says of its whole load stands in the first of its rows
        let own = cells.filter { $0.contains("21.0 %") }.map { $0[0] }.sorted()
        #expect(own == ["client-0 READ-rt", "client-1 READ-rt"])
        #expect(cells.contains { $0.first == "client-1 WRITE-rt" })
        let facts = try FileManager.default.attributesOfItem(atPath: page)
        #expect(facts[.posixPermissions] as? Int == 0o600)
    }

    @Test("the axis of requests begins at 0, and has room above the highest")
    func axis() throws {
        let axis = TimeAxis(length: 3, window: Window(), events: [])
        let chart = axis.chart(
            "requests",
            unit: "requests/s",
            description: "",
            field: "tag",
            names: ["READ-rt"],
            x: [0, 1, 2],
            series: [Chart.Series(keys: [("tag", "READ-rt")], y: [0, 2_000, nil])]
        )
        let line = try #require(
            chart.spec["layer"]?.elements.first { $0["encoding"]?["y"]?["scale"] != nil }
        )
        let scale = line["encoding"]?["y"]?["scale"]
        #expect(scale?["domain"]?.elements.compactMap(\.double) == [0, 2_100])
        #expect(scale?["padding"] == nil)
    }

    @Test("what happened during the load is marked: a restart, and a command, with their times")
    func events() async throws {
        let folder = try await SyntheticFolder(pairs: 1, seconds: 12)
        let view = await TrialView(
            of: try await TrialFolder(at: try folder.trials[0]),
            at: "/tmp/report.html"
        )
        #expect(
            view.axis.events == [
                Event(time: 6, text: "server-1: redis-cli config set hz 20"),
                Event(time: 8, text: "server-2: the database was started"),
            ]
        )
        #expect(!view.notes.contains { $0.contains("monitoring") })
        let idle = view.snapshot.figures(
            NodeMetric.all[0],
            of: "server-0",
            start: Int64((view.trial.start ?? 0) * 1_000),
            step: 1,
            count: 12
        )
        // 0.6 s of idle a second on each processor, give or take
        #expect(idle.allSatisfy { $0.map { (10...70).contains($0) } ?? false }, "\(idle)")
    }

    @Test("what is the host's passes for no machine's that has figures of its own")
    func ownFigures() {
        var snapshot = Snapshot()
        for (second, used) in [(0, 10.0), (1, 10.5), (2, 11.5)] {
            let time = 1_577_836_800_000 + second * 1_000
            for node in ["server-0", "server-1"] {
                for series in [
                    #""node_cpu_seconds_total", mode="idle""#, #""node_memory_MemAvailable_bytes""#,
                    #""node_disk_written_bytes_total""#, #""node_network_receive_bytes_total""#,
                ] {
                    let labels = #"__name__=\#(series), instance="\#(node)", group="server""#
                    snapshot.add("{\(labels)} \(second) \(time)")
                }
            }
            for series in ["cpu_seconds_total", "memory_working_bytes"] {
                let labels = #"__name__="prov_machine_\#(series)", instance="server-0""#
                snapshot.add("{\(labels)} \(used) \(time)")
            }
        }
        let shown = NodeMetric.all.map { (metric: $0, nodes: snapshot.nodes(of: $0)) }
        func titles(of node: String) -> [String] {
            shown.filter { $0.nodes.contains(node) }.map { "\($0.metric.title), \($0.metric.unit)" }
        }
        #expect(
            titles(of: "server-0") == [
                "processors busy, cores",
                "memory in use, without files that were not read lately, MB",
                "network, received, MB/s",
            ]
        )
        #expect(
            titles(of: "server-1") == [
                "processors busy, % of all cores", "memory available, GB",
                "network, received, MB/s", "disks, written, MB/s",
            ]
        )
        let busy = shown.first { $0.nodes == ["server-0"] }.map {
            snapshot.figures(
                $0.metric,
                of: "server-0",
                start: 1_577_836_800_000,
                step: 1,
                count: 3
            )
        }
        #expect(busy == [nil, 0.5, 1])
    }

    @Test("faults are marked when their node began and ended them")
    func faults() throws {
        let record = try JSON(
            parsing: """
                {"stresses": [{"name": "mixed"}, {"injected": [
                    {"text": "server-1: the database is paused", "began": 1010.25, "ended": 1015.5},
                    {"text": "server-2: the disk is full", "began": null}
                ]}]}
                """
        )
        #expect(
            Events.faults(record, 1_000) == [
                Event(time: 10.25, text: "fault: server-1: the database is paused"),
                Event(time: 15.5, text: "fault is over: server-1: the database is paused"),
            ]
        )
        #expect(Events.faults(.object([]), 1_000).isEmpty)
    }

    @Test("what the tool itself asks about the load is no event, whatever its arguments")
    func polls() {
        func command(_ second: Int, _ text: String) -> CommandLine {
            CommandLine(
                node: "client-0",
                command: text,
                start: "2026-11-30T17:00:\(second)Z",
                seconds: 0.5,
                status: "0"
            )
        }
        let start = Events.seconds("2026-11-30T17:00:00Z") ?? 0
        let polls = (10...14).map {
            command($0, "bash -s -- unit \($0) <<< # ask how far it is\nsystemctl show")
        }
        let own = [
            command(20, "bash -s -- unit 20 <<< # look at the load tool\nsystemctl show"),
            command(21, "sudo -n rm -rf /var/lib/prov/stress/8f1928aa"),
        ]
        let asked = command(22, "redis-cli config set hz 20")
        #expect(
            Events.commands(polls + own + [asked], start, 30) == [
                Event(time: 22, text: "client-0: redis-cli config set hz 20")
            ]
        )
    }

    @Test("databases that were killed or restarted are events, and so is a script that attached")
    func restarts() throws {
        let record = try JSON(
            parsing: """
                {"stresses": [{
                    "before": {"nodes": {
                        "server-0": {"process": {"invocation": "a", "restarts": 0, "state": "active"}},
                        "server-1": {"process": {"invocation": "b", "restarts": 0, "state": "active"}},
                        "server-2": {"process": {"invocation": "c", "restarts": 0, "state": "active"}},
                        "client-0": {}}},
                    "after": {"time": "2026-11-30T17:00:25Z", "nodes": {
                        "server-0": {"process": {"invocation": "a", "restarts": 0, "state": "active"}},
                        "server-1": {"process": {"invocation": "d", "restarts": 1, "state": "activating"}},
                        "server-2": {"process": {"invocation": "e", "restarts": 1, "state": "active"}},
                        "client-0": {}}},
                    "attached": {"time": "2026-11-30T17:00:12Z", "seconds_behind_end": 0}
                }]}
                """
        )
        let start = try #require(Events.seconds("2026-11-30T17:00:00Z"))
        let gone = "server-1: the database no longer runs (activating), as seen after the load"
        let anew = "server-2: the database was started anew, as seen after the load"
        #expect(
            Events.processes(record, start, 20) == [
                Event(time: 20, text: gone), Event(time: 20, text: anew),
            ]
        )
        // a metric that says when is better
        let known = [Event(time: 7, text: "server-2: the database was started")]
        #expect(
            Events.processes(record, start, 20, known: known) == [Event(time: 20, text: gone)]
        )
        #expect(
            Events.attached(record, start) == [
                Event(time: 12, text: "a script attached to the trial")
            ]
        )
    }

    @Test("damaged lines among the commands are counted and said")
    func damagedCommands() async throws {
        let folder = try await SyntheticFolder(pairs: 1, seconds: 12)
        let trial = try folder.trials[0]
        let path = trial + "/commands.jsonl"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try (text + "{\"node\": \"server-0\"}\nno JSON\n{\"node\": \"ser")
            .write(toFile: path, atomically: true, encoding: .utf8)
        let read = CommandLine.all(in: path)
        #expect(read.commands.count == text.split(separator: "\n").count)
        #expect(read.damaged == 3)
        let html = try String(contentsOfFile: await Report.write(of: trial), encoding: .utf8)
        #expect(html.contains("commands.jsonl: 3 damaged lines left out"))
    }

    @Test("links lead from the page to the raw files, wherever the page lies")
    func links() async throws {
        let folder = try await SyntheticFolder(pairs: 1, seconds: 12)
        let trial = try folder.trials[0]
        let page = try await Report.write(of: trial, to: folder.path + "/page.html")
        let html = try String(contentsOfFile: page, encoding: .utf8)
        let name = URL(filePath: trial).lastPathComponent
        let link = "href=\"./trials/made/\(name)/stress/mixed/client-0/log.hdr\""
        #expect(html.contains(link))
        #expect(Report.way(to: "/a/b/c", from: "/a/d/e.html") == "../b/c")
        #expect(HTML.link(to: "a b/ü:1", "x") == "<a href=\"./a%20b/%C3%BC%3A1\">x</a>")
    }

    @Test("a trial without logs has a page that says why there are no figures")
    func noLogs() async throws {
        let folder = try await SyntheticFolder(pairs: 1, seconds: 12)
        let trial = try folder.trials[0]
        try FileManager.default.removeItem(atPath: trial + "/stress")
        let html = try String(contentsOfFile: await Report.write(of: trial), encoding: .utf8)
        #expect(html.contains("holds no .hdr file"))
        #expect(html.contains("remote commands"))
    }

    @Test("a folder that holds neither is an error, and leaves no page")
    func neither() async throws {
        let path = FileManager.default.temporaryDirectory.path
        await #expect(throws: ReportError.neither(path: path)) {
            try await Report.write(of: path, to: path + "/never.html")
        }
        #expect(!FileManager.default.fileExists(atPath: path + "/never.html"))
        // at the end of a script it is a line, and no failure
        #expect(await Report.line(of: path).hasPrefix("no report: \(path): holds neither"))
    }

    @Test("no text ends a script element, an element or an attribute")
    func escapes() {
        let evil = "</script>\u{2028}\"'&<\u{1b}[2J\u{202e}"
        #expect(
            !JSON.array([.string(evil), .object([.init(name: evil, value: 1)])]).embedded.contains(
                "<"
            )
        )
        let shown = HTML.text(evil)
        #expect(!shown.contains { "<>\"'".contains($0) })
        #expect(shown.contains("\\u{1b}") && shown.contains("\\u{202e}"))
        #expect(HTML.text("a\n\tb\n") == "a\n\tb\n")
    }

    @Test("the percentile plot holds the figures of the table")
    func percentiles() throws {
        var histogram = try Histogram(highestTrackable: 1_000_000_000)
        for value in 1...100_000 { try histogram.record(Int64(value) * 1_000) }
        let points = PercentileChart.points(of: histogram)
        for (x, percentile) in [(2.0, 50.0), (10, 90), (100, 99), (1_000, 99.9), (10_000, 99.99)] {
            let point = try #require(points.min { abs($0.x - x) < abs($1.x - x) })
            #expect(abs(point.x - x) < x * 1e-9)
            #expect(point.y == Double(histogram.value(atPercentile: percentile)))
        }
        #expect(points.last?.y == Double(histogram.max))
        #expect(zip(points, points.dropFirst()).allSatisfy { $0.x < $1.x && $0.y <= $1.y })
    }
}
