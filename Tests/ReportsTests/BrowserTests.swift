import Bench
import Experiment
import Foundation
import JSON
import Shell
import Testing

@testable import Reports

/// What Chromium says of a page; `browser` says it.
private struct Seen: Decodable {
    struct Opened: Decodable {
        let charts: Int
        let drawn: Int
        let empty: [String]
        let broken: [String]
        let wide: Int
    }

    let charts: Int
    let drawn: Int
    let empty: [String]
    let broken: [String]
    let wide: Int
    let title: String
    let alerted: Bool
    let opened: Opened
    let errors: [String]
    let wide_views: [String: Int]?

    init(_ page: String, pictures: String? = nil) async throws {
        let folder = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let outcome = try await LocalProcess(
            folder + "/browser",
            [page] + (pictures.map { [$0] } ?? []),
            timeLimit: .seconds(240)
        ).execute()
        self = try JSONDecoder().decode(Self.self, from: Data(outcome.output))
    }
}

@Suite("A report in Chromium", .serialized, .timeLimit(.minutes(10)))
struct BrowserTests {
    @Test(
        "an experiment: no error, every chart drawn, no wider than a phone, trials behind a click"
    )
    func experiment() async throws {
        let folder = try await SyntheticFolder(pairs: 5, seconds: 12)
        let page = try await Report.write(of: folder.experiment)
        #expect(page == folder.experiment + "/report.html")
        let seen = try await Seen(page, pictures: folder.path + "/pictures")
        #expect(seen.errors == [])
        #expect(seen.charts == seen.drawn && seen.charts >= 7)
        #expect(seen.opened.charts == seen.opened.drawn)
        // 10 trials with throughput, two latencies, two percentile plots, and metrics of both groups
        #expect(seen.opened.charts >= seen.charts + 10 * 15)
        #expect(seen.empty + seen.broken + seen.opened.empty + seen.opened.broken == [])
        #expect(seen.wide_views?.filter { $0.value > 0 } == [:])
        #expect(seen.title == "always against every-second – experiment")
    }

    @Test("a search for a capacity: no error, its curve drawn, also while it is not over")
    func capacity() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
        var search = try CapacityFolder(
            .init(
                limit: 10_000_000,
                percentile: "p99",
                from: 1_000,
                to: 50_000,
                seconds: 20,
                withinPercent: 5,
                repeats: 8
            ),
            deployment: ("demo", "0a1b2c3d"),
            conditions: [:],
            now: Date(timeIntervalSince1970: 1_000_000),
            in: folder.path
        )
        func seen(_ word: String) async throws {
            let page = try await Report.write(of: search.path)
            let seen = try await Seen(page)
            #expect(seen.errors == [])
            #expect(seen.charts == 1 && seen.drawn == 1)
            #expect(seen.empty + seen.broken == [])
            #expect(seen.title == "p99 below 10 ms – capacity")
            let text = try String(contentsOfFile: page, encoding: .utf8)
            #expect(text.contains("<p class=\"word\">\(word)</p>"))
            #expect(text.contains("stays below 10ms up to about") == (word == "FOUND"))
        }
        while let rate = search.record.next {
            var entry = CapacityRecord.Entry(rate: rate, trial: "trials/demo/\(rate)")
            entry.outcome = rate > 30_000 ? .behind : .latency
            let count = Double(search.record.entries.count % 5)
            entry.latency = rate > 30_000 ? nil : rate * 1_000 * (1 + count / 40)
            try search.add(entry)
            if search.record.entries.count == 4 { try await seen("NOT OVER") }
        }
        try await seen("FOUND")
    }

    @Test("a trial whose every label is made to do harm: it is shown, and does nothing")
    func hostile() async throws {
        let folder = try await SyntheticFolder(pairs: 1, seconds: 12)
        let trial = try folder.trials[0]
        let evil = #"</script><script>alerted=1</script><img src=x onerror=alerted=1>\u001b[2J"#
        for (old, field) in [
            ("\"every-second-1\"", ""), ("\"7.0.15\"", ""), ("\"everysec\"", ""), ("\"base\"", ""),
        ] {
            try SyntheticFolder.edit(trial + "/trial.json", old, "\"\(evil)\(field)\"")
        }
        try SyntheticFolder.edit(trial + "/commands.jsonl", "config set hz 20", evil)
        for client in ["client-0", "client-1"] {
            let log = "\(trial)/stress/mixed/\(client)/log.hdr"
            try SyntheticFolder.edit(log, "Tag=READ-rt", "Tag=</script><b>-rt")
        }
        let page = try await Report.write(of: trial)
        let seen = try await Seen(page)
        #expect(seen.errors == [])
        #expect(!seen.alerted)
        #expect(seen.title.hasPrefix("</script><script>alerted=1</script>"))
        #expect(seen.charts == seen.drawn && seen.charts >= 15)
        #expect(seen.empty + seen.broken == [])
        let text = try String(contentsOfFile: page, encoding: .utf8)
        #expect(!text.contains("<script>alerted") && !text.contains("<img src=x"))
        #expect(text.prefix(2_000).contains("default-src 'none'"))
        #expect(!text.prefix(2_000).contains("unsafe"))
    }
}
