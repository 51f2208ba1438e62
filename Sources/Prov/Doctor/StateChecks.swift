import DeploymentState
import Glibc
import Shell

/// Looks over the deployments of a directory.
enum StateChecks {
    /// Returns the findings about all deployments there.
    static func findings(in directory: String) async throws -> [Finding] {
        var findings: [Finding] = []
        for name in StateDirectory.names(in: directory) {
            let own = try await faults(of: StateFiles("\(directory)/\(name)"))
            findings += own.isEmpty ? [.ok(name, "private, and nothing left half-way")] : own
        }
        return findings.isEmpty ? [.ok("deployments", "none in \(directory)")] : findings
    }

    private static func faults(of files: StateFiles) async throws -> [Finding] {
        let record: DeploymentRecord
        do {
            record = try DeploymentRecord(of: files)
        } catch {
            if let (found, remedy) = error.distrust {
                return [.fault(files.name, "skipped: it \(found)", remedy: remedy)]
            }
            let remedy = "restore the file, or destroy what it made by \(files.terraform)"
            return [.fault(files.name, "\(error)", remedy: remedy)]
        }
        var findings: [Finding?] = [
            permissions(of: files), status(record, files), expiry(record),
        ]
        if !DeploymentLock.isHeld(files) {
            if let dead = DeploymentLock.holder(files) {
                let remedy = "look whether it did what it should; the next prov takes the lock over"
                findings.append(.fault(record.name, "lock left by \(dead)", remedy: remedy))
            }
        }
        findings.append(try await key(record, files))
        return findings.compactMap(\.self)
    }

    /// Whether anybody else may read what is in it.
    private static func permissions(of files: StateFiles) -> Finding? {
        let paths = open(files.path, closed: files.terraform)
        guard let first = paths.first else { return nil }
        let more = paths.count > 1 ? " and \(paths.count - 1) more" : ""
        return .fault(
            files.name,
            "\(first)\(more) may be read by others",
            remedy: "chmod -R go-rwx \(Command([files.path]))"
        )
    }

    /// The paths with rights for group or others, the directory's own first.
    ///
    /// The template's scripts write what they like below `closed`, where it is enough that nobody
    /// else comes in.
    private static func open(_ path: String, closed: String) -> [String] {
        var info = stat()
        guard lstat(path, &info) == 0, info.st_mode & S_IFMT != S_IFLNK else { return [] }
        let own = info.st_mode & 0o077 != 0 ? [path] : []
        guard info.st_mode & S_IFMT == S_IFDIR, path != closed || !own.isEmpty else { return own }
        let names = (try? Files.list(path)) ?? []  // not ours to read, so not ours to judge
        return own + names.flatMap { open("\(path)/\($0)", closed: closed) }
    }

    private static func status(_ record: DeploymentRecord, _ files: StateFiles) -> Finding? {
        guard record.status != .ready, !DeploymentLock.isHeld(files) else { return nil }
        if record.status == .destroying {
            let remedy = "prov deprovision \(record.name)"
            return .fault(record.name, "its end was not finished", remedy: remedy)
        }
        let remedy = "provision it again, or prov deprovision \(record.name)"
        return .fault(record.name, "\(record.status.rawValue): not all was made", remedy: remedy)
    }

    private static func expiry(_ record: DeploymentRecord) -> Finding? {
        guard let end = record.expiresAt, end < Moment.now.date else { return nil }
        return .fault(
            record.name,
            "expired at \(Moment(date: end).text)",
            remedy: "prov deprovision \(record.name)"
        )
    }

    /// Whether its key is there, private, and fits the nodes' public one.
    private static func key(_ record: DeploymentRecord, _ files: StateFiles) async throws
        -> Finding?
    {
        let path =
            record.identity.hasPrefix("/") ? record.identity : "\(files.path)/\(record.identity)"
        guard record.status == .ready else { return nil }
        guard Files.exists(path) else {
            let remedy = "restore it, or provision again with a new key pair"
            return .fault(record.name, "its key \(path) has gone", remedy: remedy)
        }
        // The private half is in an agent.
        if path.hasSuffix(".pub") { return nil }
        var info = stat()
        if stat(path, &info) == 0, info.st_mode & 0o077 != 0 {
            let text = "others may read its key \(path), so ssh refuses it"
            return .fault(record.name, text, remedy: "chmod 600 \(Command([path]))")
        }
        guard let derived = try await KeyPair.publicPart(of: path), Files.exists(files.publicKey),
            KeyPair.words(derived) != KeyPair.words(try Files.read(files.publicKey))
        else { return nil }
        return .fault(
            record.name,
            "its key \(path) does not fit \(files.publicKey)",
            remedy: "restore the key that it was provisioned with"
        )
    }
}
