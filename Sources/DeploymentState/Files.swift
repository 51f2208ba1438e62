import Glibc
import Posix

/// Files as the state directory needs them: private, whole or not at all, and errors with a path.
public enum Files {
    /// The current directory, absolute; `/` if it was removed.
    public static var currentDirectory: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    /// Returns a variable of this process's environment.
    public static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// Returns `path` from the root on, without `.` and empty parts, and with `..` taken literally.
    package static func absolute(_ path: String, in directory: String = currentDirectory) -> String
    {
        var parts: [Substring] = []
        for part in (path.hasPrefix("/") ? path : "\(directory)/\(path)").split(separator: "/") {
            switch part {
            case ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// Returns whether something stands at `path`; a dangling link counts.
    package static func exists(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) == 0
    }

    /// Returns whether `path` is a directory or a link to one.
    package static func isDirectory(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }

    /// Returns whether `path` is a file, or a link to one, that this user may execute.
    package static func isExecutable(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG
            && access(path, X_OK) == 0
    }

    /// Returns the names in a directory, sorted, without `.` and `..`.
    package static func list(_ path: String) throws(InventoryError) -> [String] {
        guard let directory = opendir(path) else { throw unreadable(path) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Returns the whole content; bytes that are no UTF-8 are replaced.
    package static func read(_ path: String) throws(InventoryError) -> String {
        String(decoding: try bytes(of: path), as: UTF8.self)
    }

    /// More than terraform's state of any deployment takes: 256 MiB.
    private static let sizeLimit = 256 << 20

    /// Returns the whole content of a regular file, or of one that a link leads to; a pipe or a device
    /// might have no end.
    package static func bytes(of path: String) throws(InventoryError) -> [UInt8] {
        let file: Int32
        do {
            file = try RegularFile.open(path)
        } catch {
            let reason = error.code == EINVAL ? "no regular file" : error.text
            throw .unreadable(path: path, reason: reason)
        }
        defer { close(file) }
        return try bytes(from: file, path: path, limit: sizeLimit)
    }

    /// Returns all that is in an open file.
    ///
    /// - Throws: ``InventoryError/unreadable(path:reason:)``, also if there is more than `limit`
    ///   bytes, whole mebibytes.
    static func bytes(from file: Int32, path: String, limit: Int) throws(InventoryError) -> [UInt8]
    {
        do {
            return try RegularFile.bytes(from: file, limit: limit)
        } catch {
            let isLarge = error.code == EFBIG
            throw .unreadable(
                path: path,
                reason: isLarge ? "larger than \(limit >> 20) MiB" : error.text
            )
        }
    }

    /// Makes a directory, mode 0700, unless it exists.
    package static func makeDirectory(_ path: String) throws(InventoryError) {
        guard mkdir(path, 0o700) == 0 || (errno == EEXIST && isDirectory(path)) else {
            throw unwritable(path)
        }
    }

    /// Makes a directory, mode 0700, with a name of its own in `$TMPDIR` or `/tmp`.
    ///
    /// - Returns: Its path; the caller removes it.
    package static func makeTemporaryDirectory(_ prefix: String) throws(InventoryError) -> String {
        let parent = environment("TMPDIR").map { absolute($0) } ?? "/tmp"
        var path = Array("\(parent)/\(prefix)-XXXXXX".utf8CString)
        guard let made = mkdtemp(&path) else { throw unwritable("\(parent)/\(prefix)") }
        return String(cString: made)
    }

    /// Writes the whole file or leaves what was there: a temporary name, `fsync`, `rename`.
    ///
    /// - Parameters:
    ///   - text: The new content.
    ///   - path: Where; its directory must exist.
    ///   - mode: The permissions, 0600 by default.
    ///   - durably: Whether it must outlast a power cut too; a file that can be made again need not.
    /// - Throws: ``InventoryError/unwritable(path:reason:)``.
    package static func write(
        _ text: String,
        to path: String,
        mode: UInt32 = 0o600,
        durably: Bool = true
    ) throws(InventoryError) {
        try write(Array(text.utf8), to: path, mode: mode, durably: durably)
    }

    /// Writes bytes in the same way.
    package static func write(
        _ bytes: [UInt8],
        to path: String,
        mode: UInt32 = 0o600,
        durably: Bool = true
    ) throws(InventoryError) {
        do {
            try AtomicFile.write(bytes, to: path, mode: mode, durably: durably)
        } catch {
            throw .unwritable(path: path, reason: error.text)
        }
    }

    /// Gives a file another name on the same file system, in one step.
    package static func move(_ path: String, to new: String) throws(InventoryError) {
        do {
            try AtomicFile.move(path, to: new)
        } catch {
            throw .unwritable(path: new, reason: error.text)
        }
    }

    /// Makes a file readable and writable for its owner alone.
    package static func restrict(_ path: String) throws(InventoryError) {
        guard chmod(path, 0o600) == 0 || errno == ENOENT else { throw unwritable(path) }
    }

    /// Removes a file, a link, or a directory with all that is in it; absent is fine.
    package static func remove(_ path: String) throws(InventoryError) {
        var info = stat()
        guard lstat(path, &info) == 0 else {
            guard errno == ENOENT else { throw unwritable(path) }
            return
        }
        if info.st_mode & S_IFMT == S_IFDIR {
            for name in try list(path) { try remove("\(path)/\(name)") }
            guard rmdir(path) == 0 || errno == ENOENT else { throw unwritable(path) }
        } else {
            guard unlink(path) == 0 || errno == ENOENT else { throw unwritable(path) }
        }
    }

    /// Removes a directory if nothing is in it; one that is absent, holds something, or has a file system mounted on
    /// it is left alone.
    package static func removeIfEmpty(_ path: String) throws(InventoryError) {
        guard rmdir(path) == 0 || [ENOENT, ENOTEMPTY, EEXIST, EBUSY].contains(errno) else {
            throw unwritable(path)
        }
    }

    /// Returns the directory and the last part of an absolute path.
    package static func split(_ path: String) -> (directory: String, name: String) {
        AtomicFile.split(path)
    }

    private static func unreadable(_ path: String) -> InventoryError {
        .unreadable(path: path, reason: SystemError().text)
    }

    private static func unwritable(_ path: String) -> InventoryError {
        .unwritable(path: path, reason: SystemError().text)
    }
}
