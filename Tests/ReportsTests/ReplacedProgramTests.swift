import Foundation
import Shell
import TestSupport
import Testing

@testable import Reports

/// A trial takes minutes, in which somebody may build or install anew.
@Suite("A program whose file was replaced", .timeLimit(.minutes(2)))
struct ReplacedProgramTests {
    /// A prefix with a copy of `bench`, and a trial.
    private static func prefix() async throws -> (folder: TemporaryFolder, bench: String) {
        let folder = try TemporaryFolder()
        let bench = try folder.write("", to: "bin/bench")
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let built = URL(filePath: own).deletingLastPathComponent().appending(path: "bench").path
        try await LocalProcess("install", [built, bench]).execute()
        try folder.write(#"{"valid": true, "validity": "valid"}"#, to: "t/trial.json")
        try folder.write(
            LogText(values: [(tag: "READ-rt", value: 1_000_000, count: 100)]).text,
            to: "t/stress/mixed/client-0/log.hdr"
        )
        return (folder, bench)
    }

    /// Runs a copy of `bench` that has lost its name, as one does whose file was replaced after its start.
    private static func report(_ folder: TemporaryFolder, _ bench: String) async throws -> Outcome {
        let script = """
            exec 3<"$1"
            rm "$1"
            cp /bin/true "$1"
            exec /proc/self/fd/3 report "$2"
            """
        let words = ["-euc", script, "bash", bench, folder.path + "/t"]
        return try await LocalProcess("bash", words, timeLimit: .seconds(100)).run()
    }

    @Test("still finds the charts")
    func charts() async throws {
        let (folder, bench) = try await Self.prefix()
        try folder.write("/* the charts */", to: "share/prov/charts/vega.js")
        let outcome = try await Self.report(folder, bench)
        #expect(outcome.isSuccess, "\(outcome.errorText)")
        let page = try folder.read("t/report.html")
        #expect(page.contains("/* the charts */"))
    }

    @Test("says where it looked for charts that are not there, and what makes them")
    func none() async throws {
        let (folder, bench) = try await Self.prefix()
        let outcome = try await Self.report(folder, bench)
        #expect(!outcome.isSuccess)
        let place = "\(folder.path)/share/prov/charts/vega.js"
        let expected =
            "the JavaScript of the charts is in none of \(place): bin/setup makes it in a checkout, "
            + "and bin/install copies it from there"
        #expect(outcome.errorText.contains(expected), "\(outcome.errorText)")
    }
}
