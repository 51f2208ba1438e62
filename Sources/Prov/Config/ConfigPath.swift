internal import Foundation

/// A path in a config.
struct ConfigPath {
    /// The path from the root, with `~/` replaced by the home directory.
    let absolute: String

    /// A relative path starts in `folder`.
    init(_ path: String, in folder: String, _ environment: [String: String]) {
        if path == "~" || path.hasPrefix("~/") {
            absolute = (environment["HOME"] ?? NSHomeDirectory()) + path.dropFirst()
        } else {
            let base = URL(filePath: folder, directoryHint: .isDirectory)
            absolute = URL(filePath: path, relativeTo: base).standardizedFileURL
                .path(percentEncoded: false)
        }
    }
}
