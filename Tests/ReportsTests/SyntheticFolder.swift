import Foundation
import JSON
import Shell
import Testing

/// A folder with a made experiment, which is removed with its last owner.
final class SyntheticFolder: Sendable {
    let path: String
    /// The folder of `experiment.json`.
    let experiment: String

    init(pairs: Int, seconds: Int) async throws {
        path =
            FileManager.default.temporaryDirectory
            .appending(path: "reports-tests-\(UUID().uuidString)").path
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(filePath: own).deletingLastPathComponent()
            .appending(path: "report-benchmark").path
        experiment = try await LocalProcess(
            program,
            [path, "\(pairs)", "\(seconds)"],
            timeLimit: .seconds(120)
        ).execute().outputText.trimmingCharacters(in: .newlines)
    }

    // nothing is left to be done if the folder cannot be removed
    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The trials' folders in the order of their names.
    var trials: [String] {
        get throws {
            let parent = path + "/trials/made"
            return try FileManager.default.contentsOfDirectory(atPath: parent).sorted()
                .map { "\(parent)/\($0)" }
        }
    }

    /// Replaces text in a file, which must be there.
    static func edit(_ file: String, _ old: String, _ new: String) throws {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try #require(text.contains(old))
        try text.replacing(old, with: new).write(toFile: file, atomically: true, encoding: .utf8)
    }
}
