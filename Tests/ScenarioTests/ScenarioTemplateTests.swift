import Bench
import Foundation
import Histogram
import JSON
import TestSupport
import Testing

@Suite("bin/templates/scenario.swift", .timeLimit(.minutes(2)))
struct ScenarioTemplateTests {
    @Test("runs as it is: users greet at the rate that is set, and their figures can be read")
    func runs() async throws {
        let folder = try TemporaryFolder()
        let trial = folder.path + "/trial"
        let run = try ChildProcess([
            Programs.path("scenario-template"), "--users", "5", "--user-rate", "unlimited",
            "--for", "2s", "--set", "greetingRate=3000", "--trial", trial,
        ])
        let ending = try await run.wait()
        let record = try JSON(
            parsing: String(contentsOfFile: trial + "/trial.json", encoding: .utf8)
        )
        #expect(record["scenario"] == .string("NAME"))
        #expect(record["users"]?["removed"] == .integer(5), "\(ending) \(run.output)\(run.errors)")
        #expect(record["users"]?["failed"] == .integer(0))
        // On a machine with much to do the loop is late; then the run says so, and has its figures.
        let summary = try await Summary(of: [trial], invalidToo: true)
        #expect(summary.tags.map(\.tag) == ["greet-rt", "greet-st"])
        #expect((1...101).contains(try #require(summary.tags.first).histogram.count))
    }
}
