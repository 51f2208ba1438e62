import Posix

/// What can be wrong with a deployment's state directory.
public enum InventoryError: Error, Hashable {
    /// No directory of that name; `lookedIn` lists the directories that were searched.
    case noSuchDeployment(name: String, lookedIn: [String], suggestion: String?)
    /// The directory exists, but no deployment was ever recorded in it.
    case noDeployment(path: String)
    /// The directory's name is not that of the deployment recorded in it, such as a copy's.
    case otherName(path: String, name: String)
    /// The deployment's own directory is another one, which still stands.
    case copy(path: String, original: String)
    /// The directory is not the one in which its record was last written: restored, copied, or moved from another
    /// file system.
    case doubtful(path: String, recorded: String)
    /// What stands where the record was last written may be its original, and cannot be read.
    case hiddenOriginal(path: String, original: String, reason: String)
    /// The directory, or a file in it, is another user's; what it names would run as `user`.
    case foreign(path: String, owner: String, user: String)
    /// Others than `user`, whose it is, may write the directory, or a file in it.
    case writableByOthers(path: String, mode: UInt32, user: String)
    /// The deployment is not in a state to be used.
    case notReady(name: String, status: DeploymentRecord.Status)
    /// Somebody else is at work on it; `holder` says who, with what, and since when.
    case held(name: String, holder: String)
    /// No node of that name; `nodes` lists those there are.
    case noSuchNode(name: String, suggestion: String?, nodes: [String])
    /// The system refused to read or list a file; `reason` is its own text.
    case unreadable(path: String, reason: String)
    /// The system refused to write a file, which is left as it was; `reason` is its own text.
    case unwritable(path: String, reason: String)
    /// A file of the state directory says something that makes no sense; the line is from 1.
    case malformed(path: String, line: Int?, reason: String)
}

extension InventoryError: CustomStringConvertible {
    /// The place, what was found, and the remedy.
    public var description: String {
        switch self {
        case .noSuchDeployment(let name, let lookedIn, let suggestion):
            let hint = suggestion.map { " (did you mean \"\($0)\"?)" } ?? ""
            let places = lookedIn.joined(separator: " and ")
            return
                "no deployment \"\(name)\" in \(places)\(hint); \"prov list\" shows what there is"
        case .noDeployment(let path):
            return "\(path): an existing directory that is no deployment"
        case .otherName(let path, let name):
            return "\(path): holds the deployment \"\(name)\" under another name; if it was "
                + "renamed, name it \"\(name)\" again; if it is a copy, remove it with rm -r"
        case .copy(let path, let original):
            return "\(path): a copy of \(original), which still stands: work on that one; "
                + "remove the copy with rm -r, or the other one if it is the copy"
        case .doubtful(let path, let recorded):
            let was =
                recorded == path ? "another one, in this place" : "\(recorded), where it is no more"
            return
                "\(path): not the directory in which its record was last written (\(was)), so it was moved "
                + "from another file system, restored or copied; if no other directory of the deployment is left, "
                + "say so: \(Self.claim(path)); if it is a copy, remove it with rm -r"
        case .hiddenOriginal(let path, let original, let reason):
            return
                "\(path): may be a copy of \(original), where its record was last written and which cannot be "
                + "read (\(reason)): mend that one and work on it; if it is no deployment any more, say that "
                + "this one is it: \(Self.claim(path)); if this one is a copy, remove it with rm -r"
        case .foreign(let path, _, _), .writableByOthers(let path, _, _):
            return "\(path): " + (distrust.map { "\($0.found); \($0.remedy)" } ?? "")
        case .notReady(let name, let status):
            return "\(name): the deployment is \"\(status.rawValue)\", not \"ready\"; "
                + (status == .destroying
                    ? "run \"prov deprovision \(name)\" again to finish"
                    : "run \"prov provision\" again, or \"prov deprovision \(name)\"")
        case .held(let name, let holder):
            return "\(name): held by \(holder); wait until it is done"
        case .noSuchNode(let name, let suggestion, let nodes):
            let hint = suggestion.map { " (did you mean \"\($0)\"?)" } ?? ""
            let list = nodes.isEmpty ? "there are none" : nodes.joined(separator: " ")
            return "no node \"\(name)\"\(hint); the nodes: \(list)"
        case .unreadable(let path, let reason):
            return "\(path): cannot be read: \(reason)"
        case .unwritable(let path, let reason):
            return "\(path): cannot be written: \(reason)"
        case .malformed(let path, let line, let reason):
            return "\(path)\(line.map { ":\($0)" } ?? ""): \(reason)"
        }
    }
}

extension InventoryError {
    /// The command by which somebody says that a directory is no copy.
    private static func claim(_ path: String) -> String {
        "\"prov status \(Quoting.quote(path)) --moved\""
    }

    /// What makes a directory none to be obeyed, and the remedy; `nil` for other errors.
    package var distrust: (found: String, remedy: String)? {
        switch self {
        case .foreign(let path, let owner, let user):
            (
                "belongs to \(owner), and what it names would run as \(user)",
                "work on it as \(owner), or, after a look at all that is in it, "
                    + "\"chown -R \(user) \(Quoting.quote(path))\"; $PROV_HOME may name a directory "
                    + "for deployments of your own"
            )
        case .writableByOthers(let path, let mode, let user):
            (
                "others may write there (mode 0\(String(mode & 0o777, radix: 8))), and what it names "
                    + "would run as \(user)",
                "after a look at all that is in it, \"chmod go-w \(Quoting.quote(path))\""
            )
        default: nil
        }
    }
}
