internal import Glibc
internal import JSON
package import Posix

/// The file by which the user of a run finds its door: `door.json` in the trial's directory, while it runs.
///
/// It is its owner's alone, since it holds the token. The run has its lock, so that one that was left behind by a
/// kill is known for what it is.
package final class DoorFile: Sendable {
    /// The name in a trial's directory.
    package static let name = "door.json"
    /// No file of a door or of a token is longer, in bytes.
    private static let most = 4_096

    /// What such a file says.
    package struct Content: Sendable, Hashable {
        /// The scenario's name.
        package let scenario: String
        /// `IP:PORT`.
        package let place: DoorPlace
        /// What it wants to be told; `nil` for nothing.
        package let token: DoorToken?

        /// Makes the content of a file.
        package init(scenario: String, place: DoorPlace, token: DoorToken?) {
            self.scenario = scenario
            self.place = place
            self.token = token
        }
    }

    /// What the system says of a file.
    struct Facts: Sendable {
        /// Why it is not believed: it is neither the user's own nor root's, or somebody else can read or change it.
        let problem: String?

        init(_ info: stat, of path: String, for user: uid_t = geteuid()) {
            if info.st_uid != user, info.st_uid != 0 {
                let name = getpwuid(info.st_uid).map { String(cString: $0.pointee.pw_name) }
                problem =
                    "it belongs to \(name ?? "user \(info.st_uid)"), who can read and change it; "
                    + "use a file of your own"
            } else if info.st_mode & 0o077 != 0 {
                problem = "others can read it: chmod 600 \(path)"
            } else {
                problem = nil
            }
        }
    }

    private let path: String
    private let file: Int32

    /// Leaves a new file, and takes its lock.
    ///
    /// - Throws: The `errno`.
    package init(in folder: String, _ content: Content) throws(SystemError) {
        path = "\(folder)/\(Self.name)"
        // It gets its name when it is whole and locked, so that nobody finds a part of it.
        let temporary = "\(folder)/.\(Self.name).\(getpid())"
        unlink(temporary)
        file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw SystemError(path) }
        defer { unlink(temporary) }
        let json: JSON = [
            "scenario": .string(content.scenario), "place": .string("\(content.place)"),
            "token": content.token.map { .string($0.text) } ?? .null,
        ]
        flock(file, LOCK_EX | LOCK_NB)
        do throws(SystemError) {
            try AtomicFile.append(Array((json.text + "\n").utf8), to: file)
            guard link(temporary, path) == 0 else { throw SystemError() }
        } catch {
            throw SystemError(path, code: error.code)
        }
    }

    deinit { close(file) }

    /// Takes the file away, since nothing listens any more.
    package func remove() { unlink(path) }

    /// Reads the file of a trial's directory.
    ///
    /// - Returns: What it says, and whether its run is under way; `nil` if there is no such file.
    /// - Throws: ``DoorError/file(_:problem:)``, also if somebody else could have written it.
    package static func find(
        in folder: String
    ) throws(DoorError) -> (content: Content, isOpen: Bool)? {
        let path = "\(folder)/\(name)"
        guard access(path, F_OK) == 0 else { return nil }
        let (bytes, facts) = try read(path)
        if let problem = facts.problem {
            throw .file(path, problem: "it is not believed: \(problem)")
        }
        guard let json = try? JSON(parsing: String(decoding: bytes, as: UTF8.self)),
            case .string(let scenario) = json["scenario"], case .string(let text) = json["place"],
            let place = try? DoorPlace(text)
        else { throw .file(path, problem: "it does not say where the run's door is") }
        var token: DoorToken?
        if case .string(let text) = json["token"] { token = DoorToken(text) }
        let content = Content(scenario: scenario, place: place, token: token)
        return (content, FileLock.isHeld(path))
    }

    /// Reads a short regular file.
    static func read(_ path: String) throws(DoorError) -> (bytes: [UInt8], facts: Facts) {
        do {
            let file = try RegularFile.open(path)
            defer { close(file) }
            var info = stat()
            guard fstat(file, &info) == 0 else { throw SystemError() }
            var bytes = [UInt8](repeating: 0, count: most)
            let count = uninterrupted { Glibc.read(file, &bytes, most) }
            guard count >= 0 else { throw SystemError() }
            return (Array(bytes[..<count]), Facts(info, of: path))
        } catch {
            let code = (error as? SystemError)?.code
            // Such as a pipe: whose words would be gone with the first who reads them.
            throw .file(path, problem: code == EINVAL ? "it is no regular file" : "\(error)")
        }
    }
}
