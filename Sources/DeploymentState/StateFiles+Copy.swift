import Glibc
import Posix

extension StateFiles {
    /// The files at `path` without the links on the way to them, so that a link that goes takes no deployment along.
    package init(resolving path: String) {
        guard let real = realpath(path, nil) else {
            self.init(path)
            return
        }
        defer { free(real) }
        self.init(String(cString: real))
    }

    /// Refuses a copy, such as a backup or another checkout's, and what may be one.
    ///
    /// - Parameters:
    ///   - record: What stands in this directory.
    ///   - isClaimed: Whether somebody says that it is no copy, which counts unless the original is to be seen.
    /// - Throws: ``InventoryError/copy(path:original:)``, ``InventoryError/doubtful(path:recorded:)`` or
    ///   ``InventoryError/hiddenOriginal(path:original:reason:)``.
    func requireOriginal(
        _ record: DeploymentRecord,
        isClaimed: Bool = false
    ) throws(InventoryError) {
        guard let recorded = record.directory else { return }
        let origin = DirectoryOrigin(
            id: record.id,
            recorded: record.mark,
            found: DirectoryMark(path),
            place: place(recorded)
        )
        switch origin.verdict {
        case .original: return
        case .copy: throw .copy(path: path, original: recorded)
        case .doubtful where isClaimed, .unreadable where isClaimed: return
        case .doubtful: throw .doubtful(path: path, recorded: recorded)
        case .unreadable(let reason):
            throw .hiddenOriginal(path: path, original: recorded, reason: reason)
        }
    }

    /// What stands at `other`, where the record was last written.
    private func place(_ other: String) -> DirectoryOrigin.Place {
        if other == path || leads(to: other) { return .here }
        let files = StateFiles(other)
        var facts = stat()
        guard lstat(files.record, &facts) == 0 else {
            guard [ENOENT, ENOTDIR].contains(errno) else {
                return .unreadable(reason: SystemError().text)
            }
            let isRest = Files.isDirectory(files.terraform)
            return isRest ? .unreadable(reason: "it has no deployment.json any more") : .nothing
        }
        do {
            return .deployment(id: try DeploymentRecord(file: files.record).id)
        } catch {
            return .unreadable(reason: "\(error)")
        }
    }

    /// Whether `other` is a path to this directory.
    func leads(to other: String) -> Bool {
        let mark = DirectoryMark(path)
        return mark != nil && mark == DirectoryMark(other)
    }

    /// Writes into the record, and the files by which OpenSSH and Ansible reach the nodes, where the directory is now, if it was
    /// moved or its record is of old.
    ///
    /// Whoever holds the lock will do so; what cannot be written stays as it is.
    package func learnPlace() {
        guard let old = try? DeploymentRecord(file: record), !isNoted(in: old),
            DeploymentLock.holder(self) == nil,  // one that died is for the next command to tell
            let lock = try? DeploymentLock(self, command: "prov", say: { _ in })
        else { return }
        defer { withExtendedLifetime(lock) {} }
        guard let new = try? DeploymentRecord(of: self) else { return }
        try? note(new, instead: old.directory)  // a read-only disk keeps nobody from reading
    }

    /// Takes this directory for the deployment's own, because somebody says that no other is left.
    ///
    /// - Throws: ``InventoryError``, also if the original is to be seen.
    package func claim() throws(InventoryError) {
        try requireOwn()
        var record = try DeploymentRecord(file: record)
        guard record.name == name else { throw .otherName(path: path, name: record.name) }
        try requireOriginal(record, isClaimed: true)
        let old = record.directory
        record.settle(in: self)
        try note(record, instead: old)
    }

    private func isNoted(in record: DeploymentRecord) -> Bool {
        guard let directory = record.directory, record.mark == DirectoryMark(path) else {
            return false
        }
        return directory == path || leads(to: directory)
    }

    /// Writes the record last: until then all is done again.
    private func note(
        _ record: DeploymentRecord,
        instead old: String?
    ) throws(InventoryError) {
        if let old, old != path {
            for file in [sshConfig, inventory] where Files.exists(file) {
                let text = try OwnFile.read(file)
                let new = Self.moved(text, from: old, to: path)
                if new != text { try Files.write(new, to: file) }
            }
        }
        try record.write(to: self.record)
    }

    /// The text with the files of one directory where they are in another, as `ssh_config` and the inventory name them.
    static func moved(_ text: String, from old: String, to new: String) -> String {
        // Between these quotes ssh reads it, to which a "%" is two.
        let escaped = { (path: String) in path.replacing("%", with: "%%") }
        var text = text.replacing("\"\(escaped(old))/", with: "\"\(escaped(new))/")
        for before in ["=", "'"] {
            text = text.replacing("\(before)\(old)/", with: "\(before)\(new)/")
        }
        return text
    }
}
