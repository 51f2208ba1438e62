private import Foundation

/// The files of a folder of evidence.
enum EvidenceFiles {
    /// Every file at or below a folder but a report, which can be made anew, by its path from the
    /// folder, with its size; links are passed over.
    static func all(in folder: String) -> [(path: String, bytes: Int)] {
        let keys: [URLResourceKey] = [.isRegularFileKey, .isSymbolicLinkKey, .fileSizeKey]
        let root = URL(filePath: folder, directoryHint: .isDirectory).resolvingSymlinksInPath()
        guard
            let all = FileManager.default.enumerator(at: root, includingPropertiesForKeys: keys)
        else { return [] }
        let depth = root.pathComponents.count
        var files: [(String, Int)] = []
        for case let url as URL in all {
            // what cannot be looked at is no evidence that could be linked to
            guard let facts = try? url.resourceValues(forKeys: Set(keys)),
                facts.isRegularFile == true, facts.isSymbolicLink != true
            else { continue }
            let name = url.pathComponents.dropFirst(depth).joined(separator: "/")
            if name != Report.fileName { files.append((name, facts.fileSize ?? 0)) }
        }
        return files.sorted { $0.0 < $1.0 }
    }
}
