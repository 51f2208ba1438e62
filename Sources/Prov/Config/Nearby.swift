internal import Foundation
internal import Usage

/// Names beside a path that does not exist.
enum Nearby {
    /// Returns `" (did you mean "PATH"?)"`, or an empty string if no name in the folder is near.
    static func hint(for path: String) -> String {
        let url = URL(filePath: path)
        let folder = url.deletingLastPathComponent().path(percentEncoded: false)
        // A folder that is missing as well has no names to suggest.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard let near = Suggestion.nearest(to: url.lastPathComponent, among: names.sorted()),
            path.hasSuffix(url.lastPathComponent)
        else { return "" }
        return " (did you mean \"\(path.dropLast(url.lastPathComponent.count))\(near)\"?)"
    }
}
