private import Glibc
internal import Posix

/// A file that appears whole or not at all: written under another name, and renamed at the end.
///
/// It is made when the load begins, so that a folder that cannot be written to is found out before
/// an hour was spent; an older file of that name is removed at once, so that it passes for nothing.
final class ResultFile {
    private let path: String
    private let temporary: String
    private var file: Int32

    /// Makes the temporary file beside `path`, and removes `path`.
    ///
    /// - Throws: ``LoadError/system(_:)`` if either cannot be done.
    init(path: String) throws(LoadError) {
        self.path = path
        temporary = "\(path).tmp"
        var facts = stat()
        // A device would be replaced by a file, for everybody on this machine.
        if lstat(path, &facts) == 0, facts.st_mode & S_IFMT != S_IFREG {
            let code = facts.st_mode & S_IFMT == S_IFDIR ? EISDIR : EEXIST
            throw .system(SystemError(path, code: code))
        }
        file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .system(SystemError(path)) }
        guard unlink(path) == 0 || errno == ENOENT else {
            throw .system(SystemError(path))
        }
    }

    deinit {
        guard file >= 0 else { return }
        close(file)
        unlink(temporary)
    }

    /// Writes the whole text and gives the file its name; called once, at the end.
    func finish(_ text: String) throws(LoadError) {
        do {
            try AtomicFile.append(Array(text.utf8), to: file)
        } catch {
            throw .system(SystemError(path, code: error.code))
        }
        // After a power failure the name must not stand for an empty file.
        guard fsync(file) == 0, rename(temporary, path) == 0 else {
            throw .system(SystemError(path))
        }
        close(file)
        file = -1
    }
}
