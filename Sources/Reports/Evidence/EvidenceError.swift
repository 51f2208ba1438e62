internal import Bench
internal import Histogram

/// Evidence that cannot be packed, or is not what it was.
public enum EvidenceError: Error, Hashable, CustomStringConvertible {
    /// A file does not fit into a bundle.
    case unpackable(path: String, problem: String)
    /// A folder holds what cannot be packed, such as a link or a pipe.
    case noFiles(path: String, names: [String])
    /// The bundle cannot be opened; the text is the system's.
    case unreadable(path: String, problem: String)
    /// The bundle is not as it was written.
    case damaged(path: String, offset: Int, problem: String)
    /// A file in the bundle is not the one that the manifest names.
    case otherDigest(path: String, file: String)
    /// The bundle's files are not those of its manifest.
    case otherFiles(path: String, missing: [String], added: [String])
    /// A file changed while it was packed.
    case changed(path: String)

    /// The place, what is wrong, and the remedy.
    public var description: String {
        switch self {
        case .unpackable(let path, let problem): "\(path): \(problem)"
        case .noFiles(let path, let names):
            "\(path): holds what is neither file nor folder, which a bundle cannot hold: "
                + "\(list(names)); take it away, or put a file in its place"
        case .unreadable(let path, let problem):
            "\(path): cannot be opened: \(problem); name a file that bench bundle made"
        case .damaged(let path, let offset, let problem):
            "\(path): damaged at byte \(offset): \(printable(problem)); get the bundle anew"
        case .otherDigest(let path, let file):
            "\(path): \"\(printable(file))\" is not what was packed: its SHA-256 differs; get the "
                + "bundle anew"
        case .otherFiles(let path, let missing, let added):
            "\(path): not the files that its manifest names; missing: \(list(missing)); added: "
                + list(added)
        case .changed(let path):
            "\(path): changed while it was packed; wait until the trial has ended"
        }
    }

    private func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.map { printable($0) }.joined(separator: ", ")
    }
}
