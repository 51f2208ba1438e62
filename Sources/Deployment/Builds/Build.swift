private import Digest
private import Usage

/// Which executable the servers run.
public enum Build: Sendable, Hashable {
    /// The one of the distribution's package.
    case packaged
    /// One of the user's.
    case own(OwnBuild)

    /// The word by which scripts and experiments ask for the distribution's.
    public static let packagedWord = "packaged"

    /// What a person calls it.
    public var name: String {
        switch self {
        case .packaged: "the packaged build"
        case .own(let build): "build \(build.name)"
        }
    }

    /// What tells it from others, as evidence has it: `packaged` or `sha256:…`.
    public var identity: String {
        switch self {
        case .packaged: Self.packagedWord
        case .own(let build): "sha256:\(build.digest)"
        }
    }
}

/// An executable of the user's, whole: what becomes of its file later changes nothing.
public struct OwnBuild: Sendable, Hashable {
    /// The file that it came in, without the folder; what a person calls it.
    public let name: String
    /// The executable's SHA-256, in hexadecimal.
    public let digest: String
    let executable: [UInt8]
    let machine: ELFMachine

    /// Takes an executable.
    ///
    /// - Parameters:
    ///   - executable: Its bytes.
    ///   - path: The file that it came in, for its name and for errors.
    /// - Throws: ``BuildError/notExecutable(path:problem:)``.
    init(_ executable: [UInt8], from path: String) throws(BuildError) {
        do { machine = try ELFMachine(of: executable) } catch {
            throw .notExecutable(path: path, problem: error.problem)
        }
        // One line of evidence, which nodes give back.
        let last = path.split(separator: "/").last.map(String.init) ?? path
        name = String(last.printable.prefix(100))
        self.executable = executable
        digest = SHA256.hexadecimal(of: executable)
    }
}

/// Why a build of the user's cannot be installed; nothing in use has been changed.
public enum BuildError: Error, Hashable, CustomStringConvertible {
    /// There is no such file.
    case noFile(path: String)
    /// It is a folder, a device or the like.
    case noRegularFile(path: String)
    /// It is nothing that a build comes in.
    case unknownKind(path: String)
    /// It cannot be unpacked, in the words of whoever tried.
    case damaged(path: String, problem: String)
    /// A package or tarball without the executable; where it has a link of that name, the link's target.
    case notInside(path: String, names: [String], link: String?)
    /// A package or tarball in which a device, a pipe or the like has the executable's name.
    case specialInside(path: String, member: String)
    /// A package or tarball with several executables of that name.
    case ambiguous(path: String, found: [String])
    /// A file of machine code that nothing can start.
    case notExecutable(path: String, problem: String)
    /// The server is of another kind than those that it was built for.
    case otherMachine(build: String, machine: String, server: String)
    /// The system's executable is not known, so that none can stand in its place.
    case noPlace(system: String)
    /// Another executable than the one that was asked for runs.
    case notInForce(asked: String, found: String)

    /// The place, what is wrong, and the remedy.
    public var description: String {
        switch self {
        case .noFile(let path):
            "\(path): there is no such file, or it cannot be read"
        case .noRegularFile(let path):
            "\(path): is no regular file; a build is a .deb, a tarball or an executable"
        case .unknownKind(let path):
            "\(path): is no .deb, no tarball and no executable; name one of these, or "
                + "\"\(Build.packagedWord)\" for the distribution's build"
        case .damaged(let path, let problem):
            "\(path): cannot be unpacked: \(problem)"
        case .notInside(let path, let names, let link):
            "\(path): holds no executable called "
                + names.map { "\"\($0)\"" }.joined(separator: " or ")
                + (link.map {
                    "; what it calls so is a link to \"\($0)\": name the file that holds that"
                } ?? "")
        case .specialInside(let path, let member):
            "\(path): holds \(member), which is a device, a pipe or the like and no executable: pack the "
                + "file itself"
        case .ambiguous(let path, let found):
            "\(path): holds several executables, \(found.joined(separator: ", ")); name one of them "
                + "by its own path, unpacked"
        case .notExecutable(let path, let problem):
            "\(path): \(problem)"
        case .otherMachine(let build, let machine, let server):
            "\(build) is built for \(machine), and this server is \(server): build it for \(server)"
        case .noPlace(let system):
            "the executable of \(system) is not known, so no build can stand in its place"
        case .notInForce(let asked, let found):
            "runs \(found), and not \(asked): does another program install or start it?"
        }
    }
}
