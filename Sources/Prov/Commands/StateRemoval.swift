import Inventory

/// The end of a state directory, in an order from which a kill at any moment can be taken up.
enum StateRemoval {
    /// Whether only a `prov` that was killed at the very start or end can have left this directory:
    /// it is empty, or holds no more than a lock.
    static func isRemnant(_ files: StateFiles) throws -> Bool {
        try Files.list(files.path).allSatisfy { $0 == "lock" || $0 == ".deployment.json.tmp" }
    }

    /// Removes the directory: first all that is neither record nor lock, then these.
    static func remove(_ files: StateFiles) throws {
        let last = [files.record, files.lock].map { Files.split($0).name }
        for name in try Files.list(files.path) where !last.contains(name) {
            try Files.remove("\(files.path)/\(name)")
        }
        for name in last { try Files.remove("\(files.path)/\(name)") }
        try Files.remove(files.path)
    }
}
