private import CSpawn
import Glibc
private import Posix

/// A file for other programs that lies in memory only.
///
/// It is gone with this value, or with our process however that ends, so that what must not reach a
/// disk can be handed to a program that takes file names only. Needs Linux.
public final class MemoryFile: Sendable {
    private let file: Int32

    /// Where other programs of the same user find it; valid as long as this value lives.
    public var path: String { "/proc/\(getpid())/fd/\(file)" }

    /// Makes an empty one.
    ///
    /// - Throws: ``LocalProcessError/notStarted(program:reason:)`` if the kernel refuses.
    public init(named name: String) throws(LocalProcessError) {
        let closeOnExec: UInt32 = 1  // MFD_CLOEXEC
        file = memfd_create(name, closeOnExec)
        guard file >= 0 else {
            throw .notStarted(program: "memfd_create", reason: SystemError().text)
        }
        // Others than the owner need not even know its size.
        fchmod(file, 0o600)
    }

    deinit { close(file) }
}
