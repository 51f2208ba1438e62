import DeploymentState
import Digest
import Glibc

/// The copy of a template in a state directory, `tf/`.
struct TemplateCopy {
    let files: StateFiles

    /// The files that were copied, one path in each line; the first line says whether all were, and
    /// the digest of the template's provider lock.
    private var manifest: String { files.terraform + "/.prov-manifest" }
    private static let finished = "finished"

    /// Whether the last ``update(from:)`` ran to its end.
    var isFinished: Bool {
        let text = try? Files.read(manifest)  // absent before the first copy
        return text?.hasPrefix(Self.finished) ?? false
    }

    /// Whether all files of the template are there.
    var isWhole: Bool {
        isFinished && copied.allSatisfy { Files.exists("\(files.terraform)/\($0)") }
    }

    /// Makes the copy again from the template that the record names, where files of it have gone or were never
    /// copied, as when a `prov` was killed at it.
    ///
    /// - Throws: ``ProvError/noCopy(name:template:nodes:)`` if the template has gone as well.
    func restore(_ record: DeploymentRecord, nodes: [Node]) throws {
        guard !isWhole else { return }
        let template: TemplateFolder
        do {
            template = try TemplateFolder(record.template)
        } catch ProvError.noTemplate {
            throw ProvError.noCopy(
                name: files.name,
                template: record.template,
                nodes: nodes.map(\.name)
            )
        }
        try update(from: template)
    }

    /// Makes the copy equal to the template; terraform's state and what it made stay.
    ///
    /// A file that has vanished from the template vanishes here, and one that the template never
    /// had stays. Unchanged files are not written.
    func update(from template: TemplateFolder) throws { try update(fromFolder: template.path) }

    /// Makes the copy equal to a folder, as ``update(from:)`` does.
    func update(fromFolder template: String) throws {
        try Files.makeDirectory(files.terraform)
        let new = try Self.paths(in: template)
        let old = copied
        let names = Set(new).union(old)
        let known = "copying \(copiedLock)\n" + names.sorted().joined(separator: "\n")
        if !isFinished || names != Set(old) { try Files.write(known, to: manifest, durably: false) }
        let lock = try lockDigest(of: template)
        for name in new where name != Self.lock || lock != copiedLock {
            try copy(name, from: template)
        }
        for name in Set(old).subtracting(new) { try Files.remove("\(files.terraform)/\(name)") }
        let text = "\(Self.finished) \(lock)\n" + new.joined(separator: "\n")
        if try Files.read(manifest) != text { try Files.write(text, to: manifest, durably: false) }
    }

    /// A text that changes whenever anything does that `terraform init` reads.
    ///
    /// The size and date of `terraform`, a path, stand for its version.
    func stamp(terraform: String) throws -> String {
        var info = stat()
        stat(terraform, &info)
        var lines = ["\(terraform) \(info.st_size) \(info.st_mtim.tv_sec) \(info.st_ino)"]
        let names = try Self.paths(in: files.terraform).filter { name in
            [".tf", ".tf.json", ".hcl", ".tofu"].contains { name.hasSuffix($0) }
        }
        for name in names {
            let digest = SHA256.hexadecimal(of: try Files.bytes(of: "\(files.terraform)/\(name)"))
            lines.append("\(digest) \(name)")
        }
        lines.append("modules \(Files.exists(files.terraform + "/.terraform"))")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whether the copy says that an apply began, on which records of old rely alone.
    var hasMark: Bool { Files.exists(files.terraform + "/.prov-applied") }

    /// Whether the template finds and ends what terraform has lost track of.
    var canAccount: Bool {
        Cloud.exists(in: files.terraform) || Files.isExecutable(files.terraform + "/sweep")
    }

    /// Marks that an apply begins, for a `prov` that does not read it from the record.
    func markApplied() throws {
        if !hasMark { try Files.write("", to: files.terraform + "/.prov-applied") }
    }

    /// Records that no apply made anything.
    func unmarkApplied() throws {
        var record = try DeploymentRecord(file: files.record)
        record.wasApplied = false
        try record.write(to: files.record)
        try Files.remove(files.terraform + "/.prov-applied")
    }

    private var copied: [String] { lines.dropFirst().map(String.init) }

    /// The digest of the template's provider lock as it was copied; terraform adds to the copy.
    private var copiedLock: String {
        let words = (lines.first ?? "").split(separator: " ")
        return words.count > 1 ? String(words[1]) : "-"
    }

    private var lines: [Substring] {
        let text = try? Files.read(manifest)  // absent before the first copy
        return (text ?? "").split(separator: "\n")
    }

    private static let lock = ".terraform.lock.hcl"

    private func lockDigest(of template: String) throws -> String {
        let path = "\(template)/\(Self.lock)"
        return Files.exists(path) ? SHA256.hexadecimal(of: try Files.bytes(of: path)) : "-"
    }

    private func copy(_ name: String, from source: String) throws {
        var folder = files.terraform
        for part in name.split(separator: "/").dropLast() {
            folder += "/\(part)"
            try Files.makeDirectory(folder)
        }
        let target = "\(files.terraform)/\(name)"
        var info = stat()
        stat("\(source)/\(name)", &info)
        let mode: UInt32 = info.st_mode & 0o100 == 0 ? 0o600 : 0o700
        let bytes = try Files.bytes(of: "\(source)/\(name)")
        var there = stat()
        if lstat(target, &there) == 0, there.st_mode & 0o7777 == mode,
            try Files.bytes(of: target) == bytes
        {
            return
        }
        // A copy that a power cut spoils differs from its origin, and is made again.
        try Files.write(bytes, to: target, mode: mode, durably: false)
    }

    /// All files below a folder, as relative paths, sorted; terraform's own are left out.
    private static func paths(in folder: String, prefix: String = "") throws -> [String] {
        var paths: [String] = []
        for name in try Files.list("\(folder)/\(prefix)") {
            guard !TemplateFolder.isTerraformsOwn(name), !name.hasSuffix(".tmp") else { continue }
            let path = prefix + name
            if Files.isDirectory("\(folder)/\(path)") {
                paths += try Self.paths(in: folder, prefix: path + "/")
            } else {
                paths.append(path)
            }
        }
        return paths
    }
}
