import Foundation
import Testing

@testable import Experiment

@Suite("Experiment's folder")
struct ExperimentFolderTests {
    @Test("what was added is there after a kill; another file or other machines are refused")
    func resume() throws {
        let root = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }  // else the system's cleaning
        var folder = try ExperimentFolder(
            deployment: ("4504", "id"),
            name: "experiments/fsync.yml",
            text: "text",
            conditions: ["server-0 kernel": "6.1", "dataset base": "5 keys"],
            now: Date(timeIntervalSince1970: 0),
            in: root
        )
        #expect(folder.path == "\(root)/4504/1970-01-01T00-00-00Z-fsync")
        let entry = ExperimentRecord.Entry(isRehearsal: false, pair: 0, side: .b, values: [1])
        try folder.add(entry)
        func again(
            _ conditions: [String: String] = ["server-0 kernel": "6.1", "dataset base": "5 keys"],
            deployment: String = "id",
            text: String = "text"
        ) throws -> ExperimentFolder {
            try ExperimentFolder(
                resuming: folder.path,
                deployment: deployment,
                text: text,
                conditions: conditions
            )
        }
        #expect(try again().record.entries == [entry])
        #expect(throws: ExperimentResumeError.otherFile(path: folder.path)) {
            try again(text: "other")
        }
        #expect(throws: ExperimentResumeError.otherDeployment(path: folder.path)) {
            try again(deployment: "other")
        }
        let error = #expect(throws: ExperimentResumeError.self) {
            try again(["server-0 kernel": "6.2", "server-1 kernel": "6.2"])
        }
        #expect(
            error?.description == """
                \(folder.path): what it measures has changed since; undo that, or begin anew without --resume
                  dataset base is not there any more, and was "5 keys"
                  server-0 kernel is "6.2", and was "6.1"
                  server-1 kernel is "6.2", and was not there
                """
        )
    }

    @Test("commands that nobody has seen undone are known after a kill, until they are")
    func open() throws {
        let root = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }  // else the system's cleaning
        var folder = try ExperimentFolder(
            deployment: ("4504", "id"),
            name: "e.yml",
            text: "text",
            conditions: [:],
            now: Date(timeIntervalSince1970: 0),
            in: root
        )
        let record = { try ExperimentRecord(at: folder.path + "/experiment.json") }
        #expect(try record().open == nil)
        try folder.note(open: .b)
        #expect(try record().open == .b)
        try folder.note(open: nil)
        #expect(try record().open == nil)
    }

    @Test("a trial whose end nobody saw is on record when the experiment is gone on with")
    func underWay() throws {
        let root = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }  // else the system's cleaning
        var folder = try ExperimentFolder(
            deployment: ("4504", "id"),
            name: "e.yml",
            text: "text",
            conditions: [:],
            now: Date(timeIntervalSince1970: 0),
            in: root
        )
        let again = {
            try ExperimentFolder(
                resuming: folder.path,
                deployment: "id",
                text: "text",
                conditions: [:]
            )
        }
        let entry = ExperimentRecord.Entry(
            isRehearsal: false,
            pair: 0,
            side: .b,
            trial: "trials/b",
            values: [1]
        )
        try folder.note(underWay: entry)
        try folder.add(entry)
        #expect(try again().record.entries == [entry])

        try folder.note(underWay: entry)
        var cut = entry
        cut.values = []
        cut.reasons = ["it was cut short: the experiment ended in the midst of it"]
        let resumed = try again().record
        #expect(resumed.entries == [entry, cut])
        #expect(resumed.underWay == nil)
        // It is no failure of this run, which shall not end the experiment at its third.
        #expect(resumed.begun == 2)
        #expect(try again().record == resumed)
    }

    @Test(
        "a record with a pair that no experiment has is none",
        arguments: [-1, 1_000_000, Int.max]
    )
    func hostile(pair: Int) throws {
        let path = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }  // else the system's cleaning
        var record = ExperimentRecord(file: "text", deployment: "id")
        record.entries = [.init(isRehearsal: false, pair: pair, side: .a, values: [1])]
        try record.write(to: path)
        #expect(throws: ExperimentRecordError(path: path)) { try ExperimentRecord(at: path) }
    }

    @Test("a record of an earlier version says nothing of conditions, and is gone on with")
    func earlier() {
        let record = ExperimentRecord(file: "text", deployment: "id")
        #expect(record.changes(to: ["server-0 kernel": "6.1"]) == [])
    }

    @Test("a metric that a trial lacks makes it worth nothing, with the reason")
    func missingMetric() {
        let metrics = [Metric(tag: "READ-rt", figure: .p50), Metric(tag: "READ-rt", figure: .p99)]
        var entry = ExperimentRecord.Entry(isRehearsal: false, pair: 0, side: .a)
        entry.take(metrics) { $0.figure == .p50 ? 1 : nil }
        #expect(entry.values.isEmpty)
        #expect(
            entry.reasons == ["the trial has no READ-rt p99; the tags are those of bench summary"]
        )
        entry = ExperimentRecord.Entry(isRehearsal: false, pair: 0, side: .a)
        entry.take(metrics) { $0.figure == .p50 ? 1_500_000 : 2_250_000 }
        #expect(entry.values == [1_500_000, 2_250_000])
    }
}
