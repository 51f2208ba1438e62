import DeploymentState

/// The end of a state directory, in an order from which a kill at any moment can be taken up.
enum StateRemoval {
    /// Whether only a `prov` that was killed at the very start or end can have left this directory:
    /// it is empty, or holds no more than a lock.
    static func isRemnant(_ files: StateFiles) throws -> Bool {
        let names = ["lock", ".deployment.json.tmp", ".gitignore", "..gitignore.tmp"]
        return try Files.list(files.path).allSatisfy(names.contains)
    }

    /// Removes the directory, whose lock the caller has: the record last but the lock, so that a kill
    /// leaves what can be gone on with, and the lock last of all.
    ///
    /// Once the lock has gone the directory may be another's, who makes a new deployment in it.
    static func remove(_ files: StateFiles) throws {
        let last = [files.record, files.lock].map { Files.split($0).name }
        for name in try Files.list(files.path) where !last.contains(name) {
            try Files.remove("\(files.path)/\(name)")
        }
        for name in last { try Files.remove("\(files.path)/\(name)") }
        try Files.removeIfEmpty(files.path)
    }
}
