import Foundation
import Histogram
import LoadResult
import TestSupport
import Testing

@testable import Load

/// One call of the built `bench load`, with its log.
struct LoadCall {
    let process: ChildProcess
    let log: String
    let resultPath: String
    private let folder: TemporaryFolder

    private final class TemporaryFolder: Sendable {
        let url: URL
        init() throws { url = try ChildProcess.temporaryFolder() }
        // Nothing is lost if the folder of a test stays.
        deinit { try? FileManager.default.removeItem(at: url) }
    }

    /// Starts `bench load` with these words and a log.
    init(_ words: String) throws {
        folder = try TemporaryFolder()
        log = folder.url.appending(path: "load.hdr").path
        resultPath = folder.url.appending(path: "result.json").path
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let bench = URL(filePath: own).deletingLastPathComponent().appending(path: "bench").path
        process = try ChildProcess(
            [bench, "load", "--log", log]
                + (words.contains("--result") ? [] : ["--result", resultPath])
                + words.split(separator: " ").map(String.init)
        )
    }

    /// Runs it to its end, which must be an exit with `status`.
    @discardableResult
    static func run(_ words: String, status: Int32 = 0) async throws -> LoadCall {
        let call = try LoadCall(words)
        try await call.end(status: status)
        return call
    }

    /// Waits for its end, which must be an exit with `status`.
    func end(status: Int32 = 0) async throws {
        let ending = try await process.wait()
        try #require(ending == .exit(status), "\(process.output)\(process.errors)")
    }

    /// What it says became of it.
    func result() throws -> LoadResult {
        let data = try Data(contentsOf: URL(filePath: resultPath))
        return try JSONDecoder().decode(LoadResult.self, from: data)
    }

    /// Waits until it has reported so many seconds.
    func waitForReports(_ count: Int) async throws {
        try await ChildProcess.waitFor("\(count) progress lines") {
            if reports >= count { return true }
            try #require(process.poll() == nil, "\(process.output)\(process.errors)")
            return false
        }
    }

    /// How many seconds it has reported.
    var reports: Int {
        process.output.split(separator: "\n").count { $0.contains("outstanding") }
    }

    /// The most memory that it had so far, in bytes.
    func peakMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.id)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.filter(\.isNumber))) * 1_024
    }

    /// The log's histograms, added up for each tag.
    func sums() throws -> [String: Histogram] {
        let reader = try IntervalLogReader(path: log)
        var sums: [String: Histogram] = [:]
        while let interval = try reader.next() {
            try interval.add(to: &sums[interval.tag ?? ""])
        }
        return sums
    }

    /// The last line of the log.
    func lastLine() throws -> String {
        let text = try String(contentsOfFile: log, encoding: .utf8)
        return text.split(separator: "\n").last.map(String.init) ?? ""
    }

    /// A number of the log's last line, such as `errors`.
    func final(_ name: String) throws -> Int {
        let line = try lastLine()
        let range = try #require(line.range(of: "\(name)="))
        return try #require(Int(line[range.upperBound...].prefix { $0.isNumber }))
    }
}
