import Glibc
import Posix

extension StateFiles {
    /// Refuses a directory that is another's, or into which others may write.
    ///
    /// What stands in one is obeyed: its record names a program, and its template and `ssh_config` run
    /// others. Whoever may make a folder where a deployment is looked for, such as in `/tmp`, could have
    /// them run as whoever looks. Root's are refused to others as well: one rule is easier to rely on.
    ///
    /// - Throws: ``InventoryError/foreign(path:owner:user:)`` or
    ///   ``InventoryError/writableByOthers(path:mode:user:)``; nothing if there is no directory.
    package func requireOwn() throws(InventoryError) { try requireOwn(by: geteuid()) }

    /// Refuses a directory that is not this user's.
    func requireOwn(by user: UInt32) throws(InventoryError) {
        var facts = stat()
        // Whoever opens what cannot be looked at says why.
        guard lstat(path, &facts) == 0 else { return }
        if facts.st_mode & S_IFMT == S_IFLNK {
            // A link has no rights of its own, and whose it is says who chose where it leads.
            if facts.st_uid != user { throw .foreign(path, of: facts.st_uid, to: user) }
            guard stat(path, &facts) == 0 else { return }
        }
        if let error = InventoryError.distrust(facts, of: path, by: user) { throw error }
    }
}

/// A file of a state directory or of a trial that is obeyed: the record, the inventory, the lock.
package enum OwnFile {
    /// More than ten thousand nodes need: 4 MiB.
    package static let sizeLimit = 4 << 20

    /// Opens the file without waiting for anybody, and never what a link leads to.
    ///
    /// - Parameters:
    ///   - path: The file; with `O_CREAT` it is made for its owner alone.
    ///   - flags: How, such as `O_RDONLY`.
    /// - Returns: The descriptor, which the caller closes.
    /// - Throws: ``InventoryError``, also if it is no regular file, another's, or writable for others.
    static func open(_ path: String, _ flags: Int32) throws(InventoryError) -> Int32 {
        let own = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        let file = Glibc.open(path, flags | own, 0o600)
        guard file >= 0 else {
            let isLink = errno == ELOOP
            let reason =
                isLink ? "a link, which prov does not make (remove it)" : SystemError().text
            if !isLink, flags & O_CREAT != 0 { throw .unwritable(path: path, reason: reason) }
            throw .unreadable(path: path, reason: reason)
        }
        var facts = stat()
        guard fstat(file, &facts) == 0 else {
            let reason = SystemError().text
            close(file)
            throw .unreadable(path: path, reason: reason)
        }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            close(file)
            throw .unreadable(path: path, reason: "no regular file (remove it)")
        }
        if let error = InventoryError.distrust(facts, of: path, by: geteuid()) {
            close(file)
            throw error
        }
        return file
    }

    /// Returns the whole text; bytes that are no UTF-8 are replaced.
    package static func read(_ path: String) throws(InventoryError) -> String {
        let file = try open(path, O_RDONLY)
        defer { close(file) }
        let bytes = try Files.bytes(from: file, path: path, limit: sizeLimit)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension InventoryError {
    /// Why `user` must not obey what `facts` are of; `nil` if only they can have written it.
    static func distrust(_ facts: stat, of path: String, by user: UInt32) -> InventoryError? {
        guard facts.st_uid == user else { return .foreign(path, of: facts.st_uid, to: user) }
        let mode = facts.st_mode & 0o7777
        guard mode & 0o022 == 0 else {
            return .writableByOthers(path: path, mode: mode, user: name(of: user))
        }
        return nil
    }

    fileprivate static func foreign(_ path: String, of owner: UInt32, to user: UInt32) -> Self {
        .foreign(path: path, owner: name(of: owner), user: name(of: user))
    }

    /// The user's name; the number of one who has none here.
    private static func name(of user: UInt32) -> String {
        getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? "\(user)"
    }
}
