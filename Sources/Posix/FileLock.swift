private import Glibc

/// A file by whose lock a living process shows that it is at work; the kernel ends it with the process.
package enum FileLock {
    /// Whether a living process has the lock of the file; of one that is not there nobody has.
    package static func isHeld(_ path: String) -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return flock(file, LOCK_SH | LOCK_NB) != 0
    }
}
