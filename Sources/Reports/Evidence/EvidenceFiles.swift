private import Foundation
private import Glibc

/// What lies in a folder of evidence.
struct EvidenceFiles: Sendable {
    /// Every file at or below the folder but a report, which can be made anew, by its path from the
    /// folder, with its size.
    private(set) var files: [(path: String, bytes: Int)] = []
    /// What is neither file nor folder, and what cannot be looked at, by its path and what it is.
    private(set) var others: [String] = []

    /// Looks through a folder; links are not followed.
    init(in folder: String) {
        let root = URL(filePath: folder, directoryHint: .isDirectory).resolvingSymlinksInPath()
        let depth = root.pathComponents.count
        func name(of url: URL) -> String {
            url.pathComponents.dropFirst(depth).joined(separator: "/")
        }
        var unseen: [String] = []
        let all = FileManager.default.enumerator(
            at: root,
            includingPropertiesForKeys: nil,
            options: []
        ) { url, _ in
            unseen.append("\(name(of: url)) (cannot be read)")
            return true
        }
        guard let all else { return }
        for case let url as URL in all {
            let name = name(of: url)
            var facts = stat()
            guard lstat(url.path, &facts) == 0 else {
                others.append("\(name) (cannot be looked at)")
                continue
            }
            switch facts.st_mode & S_IFMT {
            case S_IFDIR: continue
            case S_IFREG:
                if name != Report.fileName { files.append((name, Int(facts.st_size))) }
            case S_IFLNK: others.append("\(name) (a link)")
            case S_IFIFO: others.append("\(name) (a pipe)")
            case S_IFSOCK: others.append("\(name) (a socket)")
            default: others.append("\(name) (a device)")
            }
        }
        files.sort { $0.path < $1.path }
        others = (others + unseen).sorted()
    }
}
