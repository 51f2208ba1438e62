import DeploymentState
import Glibc
import Posix

/// The folder of this user's where connections are waited at, short enough for a socket's name.
///
/// A state directory or `TMPDIR` may be too long: 108 bytes are all that there is.
enum ControlFolder {
    /// The folder is somebody else's.
    struct Foreign: Error, CustomStringConvertible {
        let path: String
        let reason: String
        var description: String {
            "\(path): \(reason), so no connection is shared there; remove it"
        }
    }

    private static let lengthLimit = 40

    /// Where it is.
    static func path(runtime: String?, user: UInt32) -> String {
        guard let runtime, runtime.hasPrefix("/"), runtime.utf8.count <= lengthLimit else {
            return "/tmp/prov-ssh-\(user)"
        }
        return runtime + "/prov-ssh"
    }

    /// A folder of this process's own, made once; empty when it ends, and then removed.
    private static let own: String? = {
        var template = Array("/tmp/prov-ssh-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { return nil }
        atexit { if let own = ControlFolder.own { rmdir(own) } }
        return String(cString: made)
    }()

    /// Returns the path of a socket that nobody has, in the folder that all scripts share, or in one of this
    /// process's own where that name is somebody else's: anybody can take it in `/tmp`.
    ///
    /// - Throws: ``Foreign`` or `SystemError` if no folder can be had.
    static func socket(
        sharing folder: String = path(
            runtime: Files.environment("XDG_RUNTIME_DIR"),
            user: geteuid()
        )
    ) throws -> String {
        do { return try socket(in: folder) } catch {
            guard let own else { throw error }
            return try socket(in: own)
        }
    }

    /// Makes a folder unless it is there, and returns the path of a socket in it that nobody has.
    ///
    /// - Throws: ``Foreign`` if others may write there, or `SystemError`.
    static func socket(in folder: String) throws -> String {
        if mkdir(folder, 0o700) != 0, errno != EEXIST { throw SystemError(folder) }
        var facts = stat()
        guard lstat(folder, &facts) == 0 else { throw SystemError(folder) }
        guard facts.st_mode & S_IFMT == S_IFDIR else {
            throw Foreign(path: folder, reason: "is no folder")
        }
        guard facts.st_uid == geteuid(), facts.st_mode & 0o077 == 0 else {
            throw Foreign(path: folder, reason: "others than this user have a right to it")
        }
        return "\(folder)/\(String(UInt64.random(in: .min ... .max), radix: 36))"
    }
}
