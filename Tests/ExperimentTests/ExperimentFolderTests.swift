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
            now: Date(timeIntervalSince1970: 0),
            in: root
        )
        #expect(folder.path == "\(root)/4504/1970-01-01T00-00-00Z-fsync")
        let entry = ExperimentRecord.Entry(isRehearsal: false, pair: 0, side: .b, values: [1])
        try folder.add(entry)
        let again = try ExperimentFolder(resuming: folder.path, deployment: "id", text: "text")
        #expect(again.record.entries == [entry])
        #expect(throws: ExperimentResumeError.otherFile(path: folder.path)) {
            try ExperimentFolder(resuming: folder.path, deployment: "id", text: "other")
        }
        #expect(throws: ExperimentResumeError.otherDeployment(path: folder.path)) {
            try ExperimentFolder(resuming: folder.path, deployment: "other", text: "text")
        }
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
