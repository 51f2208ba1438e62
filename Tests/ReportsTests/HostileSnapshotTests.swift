import Foundation
import Shell
import TestSupport
import Testing

@testable import Reports

// A pipe that was waited for, or labels gone over letter by letter, would take longer than the limit.
@Suite("A snapshot that means harm", .timeLimit(.minutes(3)))
struct HostileSnapshotTests {
    private static let start: Int64 = 1_577_836_800

    /// A trial with a snapshot of what `promtool` makes of these lines.
    private func trial(_ folder: TemporaryFolder, _ lines: [String]) async throws -> String {
        let text = lines.map { $0 + "\n" }.joined() + "# EOF\n"
        let file = try folder.write(text, to: "metrics.txt")
        let place = folder.path + "/t/monitoring/monitor-0"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try await LocalProcess(
            "promtool",
            ["tsdb", "create-blocks-from", "openmetrics", file, place],
            timeLimit: .seconds(60)
        ).execute()
        return folder.path + "/t"
    }

    private func snapshot(_ trial: String) async -> Snapshot {
        await Snapshot(of: trial, in: Self.start * 1_000...(Self.start + 3_600) * 1_000)
    }

    private func line(_ labels: String, _ second: Int64) -> String {
        "up{instance=\"server-0\",job=\"node\",group=\"server\"\(labels)} 1 \(Self.start + second)"
    }

    @Test("is read whole where it means none")
    func whole() async throws {
        let folder = try TemporaryFolder()
        let lines = (0..<100).map { line(#",quoted="a\"} 5 7""#, $0) }
        let snapshot = await snapshot(try await trial(folder, lines))
        #expect(snapshot.notes == [])
        #expect(
            snapshot.samples.map(\.key) == [.init(series: "up", mode: "node", node: "server-0")]
        )
        #expect(snapshot.samples.first?.value.count == 100)
        #expect(snapshot.groups == ["server-0": "server"])
    }

    @Test(
        "is not waited for where a pipe stands in the place of a file",
        arguments: ["index", "chunks/000001", "meta.json"]
    )
    func pipe(name: String) async throws {
        let folder = try TemporaryFolder()
        let trial = try await trial(folder, [line("", 0)])
        let monitor = trial + "/monitoring/monitor-0"
        let block = try #require(try FileManager.default.contentsOfDirectory(atPath: monitor).first)
        let place = "\(monitor)/\(block)/\(name)"
        try FileManager.default.removeItem(atPath: place)
        try #require(mkfifo(place, 0o600) == 0)
        let notes = await snapshot(trial).notes
        #expect(
            notes == [
                "\(monitor): cannot be read: \(block)/\(name): no regular file: invalid argument"
            ]
        )
    }

    @Test("is given up where its labels are longer than any, with the reason")
    func label() async throws {
        let folder = try TemporaryFolder()
        let long = String(repeating: "x", count: 100_000)
        let trial = try await trial(folder, (0..<200).map { line(",a=\"\(long)\"", $0) })
        let snapshot = await snapshot(trial)
        #expect(
            snapshot.notes == [
                "\(trial)/monitoring/monitor-0: cannot be read: the labels of a series are longer than 16 KiB"
            ]
        )
        #expect(snapshot.samples.isEmpty)
    }

    @Test("is given up where it has more nodes, series or samples than any, with the reason")
    func tooMuch() {
        func fault(_ lines: Int, _ line: (Int) -> String) -> String {
            var dump = SnapshotDump(
                Snapshot(),
                bounds: SnapshotDump.Bounds(nodes: 10, series: 20, samples: 50)
            )
            for number in 0..<lines {
                guard dump.take(Array((line(number) + "\n").utf8)) else {
                    return "\(number): \(dump.fault.map { "\($0)" } ?? "")"
                }
            }
            return "none"
        }
        let reason = "it has more than 10 nodes, 20 series of them, or 50 samples"
        func node(_ number: Int) -> String { #"{__name__="up", instance="n\#(number)"} 1 1"# }
        #expect(fault(10, node) == "none")
        #expect(fault(100, node) == "10: \(reason)")
        #expect(
            fault(100) { #"{__name__="up", instance="n", job="\#($0)"} 1 1"# } == "20: \(reason)"
        )
        func sample(_ number: Int) -> String { #"{__name__="up", instance="n"} 1 \#(number)"# }
        #expect(fault(50, sample) == "none")
        #expect(fault(100, sample) == "50: \(reason)")
        // Several at one time, such as of many disks, are one.
        #expect(fault(100) { _ in sample(1) } == "none")
        #expect(SnapshotDump.Bounds().nodes == 2_000)
    }

    @Test("is taken in however its dump is cut", arguments: [1, 7, 1_000])
    func pieces(size: Int) throws {
        let text =
            (0..<20).map { number in
                "{__name__=\"up\", instance=\"server-\(number / 10)\", job=\"a} b\"} \(number) \(number)000\n"
            }.joined() + "no sample\n{__name__=\"up\"} 1 1\n"
        var dump = SnapshotDump(Snapshot())
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            let takesMore = dump.take(Array(bytes[start..<min(bytes.count, start + size)]))
            #expect(takesMore)
        }
        let snapshot = dump.finish()
        #expect(snapshot.samples.count == 2)
        for (key, samples) in snapshot.samples {
            #expect(key.mode == "a} b" && samples.count == 10)
            #expect(samples.allSatisfy { Double($0.key) == $0.value.sum * 1_000 })
        }
    }
}
