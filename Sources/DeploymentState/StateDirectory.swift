import Usage

/// A deployment's state directory: what `prov` writes and everything else reads.
public struct StateDirectory: Sendable, Hashable {
    /// Where its files lie.
    public let files: StateFiles
    /// What was made from what.
    public let record: DeploymentRecord
    /// The nodes; empty if the deployment was never ready.
    public let inventory: Inventory

    /// The absolute path.
    public var path: String { files.path }
    /// The deployment's name.
    public var name: String { record.name }
    /// The private key for SSH, an absolute path.
    ///
    /// If the user has the private key in an agent only, it is the public key's path, as OpenSSH
    /// wants it.
    public var identityFile: String {
        record.identity.hasPrefix("/") ? record.identity : path + "/" + record.identity
    }
    /// The host keys of the nodes, an absolute path.
    public var knownHostsFile: String { files.knownHosts }

    /// Returns the node of that name.
    ///
    /// - Throws: ``InventoryError/noSuchNode(name:suggestion:nodes:)``.
    public func node(_ name: String) throws(InventoryError) -> Node {
        try inventory.node(name)
    }

    /// Opens a deployment that is ready for use.
    ///
    /// - Parameters:
    ///   - nameOrPath: A name, looked for in `directory` and then in `home`; or a path.
    ///   - directory: Where relative paths start, absolute; the current directory by default.
    ///   - home: A second directory of deployments; `$PROV_HOME` by default.
    /// - Returns: What was read; nothing is kept open.
    /// - Throws: ``InventoryError`` if there is none, or it is not ready.
    public static func open(
        _ nameOrPath: String,
        in directory: String = Files.currentDirectory,
        home: String? = Files.environment("PROV_HOME")
    ) throws(InventoryError) -> StateDirectory {
        let found = try find(nameOrPath, in: directory, home: home)
        guard found.record.status == .ready else {
            throw .notReady(name: found.name, status: found.record.status)
        }
        return found
    }

    /// Opens a deployment in any status; its inventory is empty until it was ready once.
    ///
    /// The parameters are those of ``open(_:in:home:)``.
    public static func find(
        _ nameOrPath: String,
        in directory: String = Files.currentDirectory,
        home: String? = Files.environment("PROV_HOME")
    ) throws(InventoryError) -> StateDirectory {
        let files = try locate(nameOrPath, in: directory, home: home)
        let found = try StateDirectory(files)
        files.learnPlace()
        return found
    }

    /// Returns where the deployment's directory is, whether or not a record stands in it.
    ///
    /// - Throws: ``InventoryError`` if there is none, or it is not this user's.
    package static func locate(
        _ nameOrPath: String,
        in directory: String,
        home: String?
    ) throws(InventoryError) -> StateFiles {
        let isPath = nameOrPath.contains("/") || nameOrPath == "." || nameOrPath == ".."
        var places = [directory]
        if !isPath, let home, !home.isEmpty {
            let place = Files.absolute(home, in: directory)
            if place != Files.absolute(directory) { places.append(place) }
        }
        for place in places {
            let path = Files.absolute(nameOrPath, in: place)
            if !nameOrPath.isEmpty, Files.isDirectory(path) {
                let files = StateFiles(path)
                // Refused, not passed over for one at home: that might be another than was meant.
                try files.requireOwn()
                return StateFiles(resolving: path)
            }
        }
        let names = places.flatMap(Self.names)
        throw .noSuchDeployment(
            name: nameOrPath,
            lookedIn: places,
            suggestion: Suggestion.nearest(to: nameOrPath, among: names)
        )
    }

    /// The names of all deployments in a directory, sorted; empty if it cannot be read.
    package static func names(in directory: String) -> [String] {
        let entries = (try? Files.list(directory)) ?? []  // nothing readable, nothing to name
        return entries.filter { Files.exists(StateFiles("\(directory)/\($0)").record) }
    }

    /// Reads the deployment in a directory that exists.
    package init(_ files: StateFiles) throws(InventoryError) {
        guard Files.exists(files.record) else { throw .noDeployment(path: files.path) }
        self.files = files
        record = try DeploymentRecord(of: files)
        guard Files.exists(files.inventory) else {
            inventory = Inventory([])
            return
        }
        inventory = try Inventory(
            ini: try OwnFile.read(files.inventory),
            file: files.inventory
        )
    }
}
