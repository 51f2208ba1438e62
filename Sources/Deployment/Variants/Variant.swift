import DeploymentState
private import Digest
import Foundation

/// What a variant of an experiment changes on the servers before they start.
public struct Variant: Sendable, Hashable {
    /// Settings of the system; an empty value removes one.
    public var settings: [String: String]
    /// What the servers run; `nil` for the distribution's build if another variant has one, else for
    /// whatever is installed.
    public var build: Build?
    /// Files that lie on every server during its trials, and only then.
    public var files: [VariantFile]

    /// Makes a variant, by default one that changes nothing.
    public init(
        settings: [String: String] = [:],
        build: Build? = nil,
        files: [VariantFile] = []
    ) {
        self.settings = settings
        self.build = build
        self.files = files
    }

    /// What its trials depend on that an experiment's file names only by a path.
    public var conditions: [String: String] {
        var conditions: [String: String] = [:]
        if let build { conditions["build"] = build.identity }
        for file in files { conditions["file \(file.path)"] = "sha256:\(file.digest)" }
        return conditions
    }
}

/// A file of a variant's, whole: what becomes of the local one later changes nothing.
public struct VariantFile: Sendable, Hashable {
    /// The absolute path on the servers.
    public let path: String
    /// Its SHA-256, in hexadecimal.
    public let digest: String
    let bytes: [UInt8]
    let isExecutable: Bool

    /// Takes a file's content.
    init(_ bytes: [UInt8], to path: String, isExecutable: Bool = false) {
        self.path = path
        self.bytes = bytes
        self.isExecutable = isExecutable
        digest = SHA256.hexadecimal(of: bytes)
    }

    /// Where what it replaces is kept on a server: a folder that is there as long as the file is.
    var kept: String { "\(Self.folder)/\(SHA256.hexadecimal(of: Array(path.utf8)))" }

    static let folder = "/var/lib/prov/variant-files"
}

/// Why a variant's file can lie on no server.
public enum VariantFileError: Error, Hashable, CustomStringConvertible {
    /// The local file cannot be read.
    case unreadable(path: String, reason: String)
    /// The deployment itself writes what lies there.
    case taken(path: String, remedy: String)

    /// The place, what is wrong, and the remedy.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
        case .taken(let path, let remedy): "a variant's file cannot be \(path): \(remedy)"
        }
    }
}

extension Deployment {
    /// Reads a variant's build and files; changes nothing.
    ///
    /// - Parameters:
    ///   - settings: Settings of the system.
    ///   - path: The build, as ``build(_:)`` reads it; `nil` for none.
    ///   - files: Local files, by the absolute path on every server.
    /// - Returns: The variant.
    /// - Throws: ``BuildError``, ``VariantFileError``, or ``FanOutError`` for servers of another machine.
    public func variant(
        settings: [String: String],
        build path: String?,
        files: [String: String]
    ) async throws -> Variant {
        var variant = Variant(settings: settings)
        if let path { variant.build = try await build(path) }
        for (path, local) in files.sorted(by: { $0.key < $1.key }) {
            if system.configurationFiles.contains(path) {
                throw VariantFileError.taken(path: path, remedy: "give what differs as settings")
            }
            if path == system.executable {
                throw VariantFileError.taken(path: path, remedy: "give it as the variant's build")
            }
            let bytes: [UInt8]
            do { bytes = try Files.bytes(of: local) } catch {
                throw VariantFileError.unreadable(path: local, reason: "\(error)")
            }
            let isExecutable = FileManager.default.isExecutableFile(atPath: local)
            variant.files.append(VariantFile(bytes, to: path, isExecutable: isExecutable))
        }
        return variant
    }
}
