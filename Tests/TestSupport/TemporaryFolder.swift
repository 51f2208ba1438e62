internal import Foundation

/// A folder that is removed, with all that is in it, when its last owner goes.
package final class TemporaryFolder: Sendable {
    /// Where it is.
    package let path: String

    /// Makes an empty one.
    package init() throws {
        let url = FileManager.default.temporaryDirectory.appending(
            path: "prov-tests-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path(percentEncoded: false)
    }

    deinit {
        // nothing is left to be done if the folder cannot be removed
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file, with the folders above it, and returns its path.
    @discardableResult
    package func write(_ text: String, to name: String) throws -> String {
        let url = URL(filePath: path).appending(path: name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: url)
        return url.path(percentEncoded: false)
    }

    /// Returns the text of a file.
    package func read(_ name: String) throws -> String {
        String(
            decoding: try Data(contentsOf: URL(filePath: path).appending(path: name)),
            as: UTF8.self
        )
    }

    /// Returns the names of what lies in it, sorted.
    package func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }
}
