import Glibc

/// What tells a directory from its copies: `mv` on one file system keeps it; `cp`, a restored backup and a move to another file
/// system do not.
public struct DirectoryMark: Sendable, Hashable, Codable {
    /// The number of the file system's device, which may be another after a reboot.
    public let device: UInt64
    /// The number of the directory on it.
    public let inode: UInt64

    /// Makes a mark of known numbers.
    init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }

    /// Reads the mark of the directory to which `path` leads; `nil` if there is none.
    init?(_ path: String) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        self.init(device: UInt64(facts.st_dev), inode: UInt64(facts.st_ino))
    }
}

/// Whether a state directory is the deployment's own, or may be a copy: what is done to a copy is done to the machines of
/// the original.
struct DirectoryOrigin: Sendable, Hashable {
    /// What stands where the record was last written.
    enum Place: Sendable, Hashable {
        /// Nothing of a deployment.
        case nothing
        /// This directory itself, perhaps by another path.
        case here
        /// The deployment with this id.
        case deployment(id: String)
        /// What may be one, but cannot be read.
        case unreadable(reason: String)
    }

    /// The id that the record names.
    let id: String
    /// The mark in the record; `nil` in records of old.
    let recorded: DirectoryMark?
    /// That of the directory in which it stands; `nil` if the system does not say.
    let found: DirectoryMark?
    /// What stands where it was last written.
    let place: Place

    enum Verdict: Sendable, Hashable {
        case original
        case copy
        case doubtful
        case unreadable(reason: String)
    }

    /// What the marks say, and where there are none, the place.
    var verdict: Verdict {
        // No copy can have the number of a directory that stands.
        if let recorded, recorded == found { return .original }
        switch place {
        case .deployment(id): return .copy
        case .unreadable(let reason): return .unreadable(reason: reason)
        case .here:
            // A reboot may number the devices anew.
            return recorded == nil || recorded?.inode == found?.inode ? .original : .doubtful
        case .nothing, .deployment:
            return recorded == nil ? .original : .doubtful
        }
    }
}
