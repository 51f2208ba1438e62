import FoundationEssentials
import Glibc
import Posix

/// The right to work on a deployment, which one `prov` or one script has at a time.
///
/// The kernel ends it with the process, however that ends; what the file says is for people.
package struct DeploymentLock: ~Copyable {
    private let file: Int32

    private static var absence: String { SystemError(code: ENOENT).text }

    /// Takes the lock, or says who has it.
    ///
    /// - Parameters:
    ///   - files: The state directory, which must exist unless `makesDirectory`.
    ///   - command: What to tell others that we do, such as `prov provision 4504`.
    ///   - makesDirectory: Whether to make the state directory, also when a deprovision removes it
    ///     meanwhile.
    ///   - say: Gets a line if the last holder died with the lock.
    /// - Throws: ``InventoryError/held(name:holder:)``, that the directory is not ours, or that the file
    ///   cannot be opened.
    package init(
        _ files: StateFiles,
        command: String,
        makesDirectory: Bool = false,
        say: (String) -> Void
    ) throws(InventoryError) {
        var absences = 0
        while true {
            if makesDirectory, mkdir(files.path, 0o700) != 0, errno != EEXIST {
                throw .unwritable(path: files.path, reason: SystemError().text)
            }
            try files.requireOwn()
            let file: Int32
            do {
                file = try OwnFile.open(files.lock, O_RDWR | O_CREAT)
            } catch {
                // A deprovision has removed the directory since, whether or not another made it anew; but a
                // link that leads nowhere stays one.
                absences += 1
                let isAbsent = error == .unwritable(path: files.lock, reason: Self.absence)
                if makesDirectory, isAbsent, absences < 1_000 { continue }
                throw error
            }
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
                close(file)
                throw .held(name: files.name, holder: Self.holder(files) ?? "another prov")
            }
            // A deprovision may have removed the file between our opening and locking it.
            var (ours, theirs) = (stat(), stat())
            fstat(file, &ours)
            guard stat(files.lock, &theirs) == 0, ours.st_ino == theirs.st_ino else {
                close(file)
                continue
            }
            if let dead = Self.holder(files) { say("taking over from \(dead), which died") }
            let now = Date(timeIntervalSince1970: Double(time(nil))).formatted(.iso8601)
            let text = Array(
                "\(Self.me) (process \(getpid()), \(command)) since \(now)\n".utf8
            )
            ftruncate(file, 0)
            _ = text.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
            self.file = file
            return
        }
    }

    deinit {
        ftruncate(file, 0)
        close(file)
    }

    /// What the holder wrote about itself; `nil` if nobody did, or the last one let go.
    package static func holder(_ files: StateFiles) -> String? {
        let text = try? OwnFile.read(files.lock)  // absent before the first command
        return text?.split(separator: "\n").first.map { String($0.prefix(200)) }
    }

    /// Whether a living process has the lock.
    package static func isHeld(_ files: StateFiles) -> Bool {
        // What is no lock of ours is held by nobody.
        guard let file = try? OwnFile.open(files.lock, O_RDONLY) else { return false }
        defer { close(file) }
        return flock(file, LOCK_SH | LOCK_NB) != 0
    }

    /// This user at this host, as `USER@HOST`.
    package static var me: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
        let user = getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) }
        return "\(user ?? "\(getuid())")@\(host)"
    }
}
