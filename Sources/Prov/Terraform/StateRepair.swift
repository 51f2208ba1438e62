import DeploymentState

/// What to do when a kill or a full disk came while terraform was writing its state, which it does in
/// place.
///
/// The last good state is kept beside: the state directory's `last.tfstate` is a copy from the end of
/// the last command that succeeded.
struct StateRepair: Sendable {
    let files: StateFiles
    /// Whether the last command of `prov` ended well, so that the kept state is the present one.
    let wasReady: Bool
    /// Whether its end was begun, which may have ended anything.
    let isEnding: Bool
    /// Whether terraform may have made something.
    let wasApplied: Bool
    let say: @Sendable (String) -> Void

    init(_ record: DeploymentRecord, files: StateFiles, say: @escaping @Sendable (String) -> Void) {
        self.files = files
        wasReady = record.status == .ready
        isEnding = record.status == .destroying
        wasApplied = record.mayHaveMade(in: files)
        self.say = say
    }

    /// Repairs the state, and returns whether it knows all that was made.
    ///
    /// - Parameters:
    ///   - terraform: Initialised.
    ///   - mayBeGone: Whether it is known that what the state does not know has gone.
    /// - Returns: Whether it knows all.
    /// - Throws: ``ProvError/lostState(name:problem:)`` if it may not know all, and neither does the
    ///   template find what terraform has lost track of.
    func isSound(_ terraform: Terraform, mayBeGone: Bool) async throws -> Bool {
        guard let problem = try await run(terraform) else { return true }
        if mayBeGone {
            try Self.settle(files)
        } else if !TemplateCopy(files: files).canAccount {
            throw ProvError.lostState(name: files.name, problem: problem)
        }
        return false
    }

    private var state: String { files.terraform + "/terraform.tfstate" }
    private var backup: String { state + ".backup" }
    private var errored: String { files.terraform + "/errored.tfstate" }
    static func kept(_ files: StateFiles) -> String { files.path + "/last.tfstate" }
    private static func mark(_ files: StateFiles) -> String { files.terraform + "/.prov-lost" }

    /// Puts the last good state in the place of one that was cut short, has gone, or is older; before terraform's `init`, which
    /// refuses a state that is not whole.
    ///
    /// Terraform takes an empty state for none at all, and would make everything a second time.
    /// Broken files are kept in `log/`; a line says what was done.
    ///
    /// - Throws: If a file cannot be written.
    func mend() throws {
        guard wasApplied, let problem = try restore() else { return }
        // A whole one is what terraform knew at its end, so it knows all.
        if Files.exists(errored), try isWhole(errored) { return }
        // The first one says most.
        if !Files.exists(Self.mark(files)) { try Files.write(problem, to: Self.mark(files)) }
    }

    /// Pushes what terraform could not write where it belongs.
    ///
    /// - Returns: Why not all that was made may be known; `nil` if it is.
    /// - Throws: ``ProvError`` if a state cannot be pushed, or that a file cannot be written.
    private func run(_ terraform: Terraform) async throws -> String? {
        guard wasApplied else { return nil }
        try mend()
        if Files.exists(errored) {
            if try isWhole(errored) {
                try await terraform.run(["state", "push", errored], json: false) { _ in }
                let name = try putAside(errored)
                say("terraform could not write its state; took it from errored.tfstate (\(name))")
            } else {
                let name = try putAside(errored)
                let problem =
                    "terraform could write neither its state nor errored.tfstate (\(name))"
                try Files.write(problem, to: Self.mark(files))
            }
        }
        return try? Files.read(Self.mark(files))  // absent while all is known
    }

    /// Forgets that something may not be known, because it has been looked for.
    private static func settle(_ files: StateFiles) throws { try Files.remove(mark(files)) }

    /// Keeps the state of a command that succeeded.
    static func keep(_ files: StateFiles) throws {
        let state = files.terraform + "/terraform.tfstate"
        guard Files.exists(state) else { return }
        try Files.write(try Files.bytes(of: state), to: kept(files))
    }

    /// The ids of all that the last good state knew, and the one before terraform's last change, which after
    /// an end still has what ended; empty if there is none.
    static func keptIDs(_ files: StateFiles) -> Set<String> {
        let paths = [kept(files), files.terraform + "/terraform.tfstate.backup"]
        let resources = paths.flatMap { path in
            // Absent before the first success.
            JSONValue((try? Files.read(path)) ?? "")?["resources"]?.elements ?? []
        }
        let instances = resources.filter { $0["mode"]?.string == "managed" }
            .flatMap { $0["instances"]?.elements ?? [] }
        return Set(instances.compactMap { $0["attributes"]?["id"]?.string })
    }

    /// Returns what may have been lost by going on from an older state; `nil` if nothing.
    private func restore() throws -> String? {
        let kept = Self.kept(files)
        if Files.exists(state) {
            if let found = try snapshot(of: state) { return try compare(found) }
            let broken = try putAside(state)
            guard let old = try newest([backup, kept]) else {
                say("terraform's state was cut short by a kill, and there is no backup (\(broken))")
                return "terraform's state was cut short (\(broken))"
            }
            try Files.write(try Files.bytes(of: old), to: state)
            say("terraform's state was cut short by a kill; going on from its backup (\(broken))")
            return wasReady && old == kept ? nil : "terraform's state was cut short (\(broken))"
        }
        guard try newest([kept]) != nil else { return "terraform's state is not there" }
        try Files.write(try Files.bytes(of: kept), to: state)
        say("terraform's state had gone; going on from the last good one")
        return wasReady ? nil : "terraform's state had gone"
    }

    /// Compares a whole state with the last good one: it may be a backup that somebody put in its place, or have been
    /// emptied.
    ///
    /// - Returns: What it does not know any more, though nothing here ended it; `nil` if nothing.
    private func compare(_ found: StateSnapshot) throws -> String? {
        let kept = Self.kept(files)
        guard Files.exists(kept), let last = try snapshot(of: kept) else {
            guard isAtRest, found.addresses.isEmpty, Files.exists(files.inventory) else {
                return nil
            }
            let nodes = try StateDirectory(files).inventory.nodes.map(\.name)
            return nodes.isEmpty ? nil : Self.unknown(nodes)
        }
        if found.isBehind(last) {
            let aside = try putAside(state)
            try Files.write(try Files.bytes(of: kept), to: state)
            say("terraform's state was not the last good one; going on from that (\(aside))")
            return wasReady ? nil : "terraform's state was not the last good one (\(aside))"
        }
        // Only a change that is under way, or was cut short, may know less than the one before; that no node
        // is left of all is not for it to do.
        let lost = found.lacks(of: last)
        let (nodes, lostNodes) = (last.nodes, lost.filter(StateSnapshot.isNode))
        let hasNone = !isEnding && !nodes.isEmpty && lostNodes.count == nodes.count
        guard isAtRest || hasNone, !lost.isEmpty else { return nil }
        return Self.unknown(isAtRest ? lost : lostNodes)
    }

    /// Whether no change was begun since the last one ended well.
    private var isAtRest: Bool { wasReady && !StateHeal.isUnfinished(files) }

    private static func unknown(_ what: [String]) -> String {
        let more = what.count > 20 ? " and \(what.count - 20) more" : ""
        return "terraform's state does not know \(what.prefix(20).joined(separator: " "))\(more)"
    }

    /// The whole one with the highest serial; the last of those that are equal.
    private func newest(_ paths: [String]) throws -> String? {
        var best: (path: String, serial: Double)?
        for path in paths where Files.exists(path) {
            guard let serial = try snapshot(of: path)?.serial else { continue }
            if serial >= best?.serial ?? -1 { best = (path, serial) }
        }
        return best?.path
    }

    private func isWhole(_ path: String) throws -> Bool { try snapshot(of: path) != nil }

    /// What a state knows; `nil` if it is no whole one.
    private func snapshot(of path: String) throws -> StateSnapshot? {
        StateSnapshot(json: try Files.read(path))
    }

    private func putAside(_ path: String) throws -> String {
        try Files.makeDirectory(files.log)
        let name = "\(files.log)/\(Moment.now.fileName)-\(Files.split(path).name)"
        try Files.move(path, to: name)
        return name
    }
}
