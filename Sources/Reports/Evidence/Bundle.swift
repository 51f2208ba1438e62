internal import Bench
internal import Digest
internal import Experiment
private import Foundation
internal import JSON
internal import Posix

/// A trial, or an experiment with its trials, in one file with the digest of each of its files.
enum Bundle {
    /// The manifest's name begins so; the digest of its own text follows.
    private static let manifest = "MANIFEST-"
    /// A manifest that is larger, in bytes, is none of ours: it names a million files.
    private static let largestManifest = 256 << 20

    /// A file of a bundle.
    struct Member: Sendable, Hashable {
        /// Its path in the bundle.
        let path: String
        /// Where it is on disk.
        let source: String
        let bytes: Int
        let digest: String
    }

    /// Packs the evidence, whole or not at all.
    ///
    /// - Parameters:
    ///   - folder: Of a trial or an experiment.
    ///   - file: The bundle.
    /// - Returns: How many files there are in it.
    /// - Throws: ``EvidenceError``, ``ReportError``, and what reading an experiment throws.
    static func pack(_ folder: String, to file: String) throws -> Int {
        let (root, folders) = try contents(of: folder)
        let members = try folders.flatMap { try self.members(of: $0.source, as: $0.path) }
        let text =
            JSON.object([
                .init(name: "format", value: 1), .init(name: "root", value: .string(root)),
                .init(
                    name: "files",
                    value: .array(
                        members.map { member in
                            [
                                "path": .string(member.path),
                                "bytes": .integer(Int64(member.bytes)),
                                "sha256": .string(member.digest),
                            ]
                        }
                    )
                ),
            ]).text + "\n"
        let name = manifest + SHA256.hexadecimal(of: Array(text.utf8)) + ".json"
        do {
            try WholeFile.write(to: file) { write in
                try write(TapeArchive.header(path: name, bytes: text.utf8.count))
                try write(Array(text.utf8) + TapeArchive.padding(bytes: text.utf8.count))
                for member in members { try append(member, write) }
                try write(TapeArchive.end)
            }
        } catch let error as SystemError {
            throw ReportError.unwritable(path: file, problem: "\(error)")
        }
        return members.count
    }

    private static func append(
        _ member: Member,
        _ write: ([UInt8]) throws(SystemError) -> Void
    ) throws {
        try write(TapeArchive.header(path: member.path, bytes: member.bytes))
        var digest = SHA256()
        var count = 0
        try pieces(of: member.source) { piece in
            digest.add(piece)
            count += piece.count
            try write([UInt8](piece))
        }
        guard count == member.bytes, SHA256.hexadecimal(digest.finish()) == member.digest else {
            throw EvidenceError.changed(path: member.source)
        }
        try write(TapeArchive.padding(bytes: count))
    }

    /// The folders that belong to a bundle, each with its path in it, the named one first.
    private static func contents(
        of folder: String
    ) throws -> (root: String, [(source: String, path: String)]) {
        let name = URL(filePath: folder).standardizedFileURL.pathComponents.suffix(2)
            .joined(separator: "/")
        guard FileManager.default.fileExists(atPath: folder + "/experiment.json") else {
            guard FileManager.default.fileExists(atPath: folder + "/trial.json") else {
                throw ReportError.neither(path: folder)
            }
            return ("trials/\(name)", [(folder, "trials/\(name)")])
        }
        let experiment = try ExperimentView(at: folder)
        let trials = try experiment.parts.compactMap { part -> (String, String)? in
            guard let trial = part.entry.trial else { return nil }
            guard let found = part.folder else {
                throw ReportError.neither(path: trial)
            }
            return (found, trial)
        }
        return ("experiments/\(name)", [(folder, "experiments/\(name)")] + trials)
    }

    private static func members(of folder: String, as path: String) throws -> [Member] {
        let found = EvidenceFiles(in: folder)
        guard found.others.isEmpty else {
            throw EvidenceError.noFiles(path: folder, names: found.others)
        }
        return try found.files.map { name, bytes in
            let source = "\(folder)/\(name)"
            var digest = SHA256()
            try pieces(of: source) { digest.add($0) }
            return Member(
                path: "\(path)/\(name)",
                source: source,
                bytes: bytes,
                digest: SHA256.hexadecimal(digest.finish())
            )
        }
    }

    private static func pieces(of path: String, _ body: (Data) throws -> Void) throws {
        let file: FileHandle
        do throws(SystemError) {
            file = FileHandle(fileDescriptor: try RegularFile.open(path), closeOnDealloc: true)
        } catch {
            throw EvidenceError.unpackable(path: path, problem: "cannot be read: \(error)")
        }
        defer { try? file.close() }  // nothing was written
        while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty { try body(piece) }
    }

    /// Unpacks a bundle into a folder, and checks every byte of it.
    ///
    /// - Parameters:
    ///   - file: The bundle.
    ///   - folder: Where its files go.
    /// - Returns: The path of the trial or experiment in that folder, and how many files there were.
    /// - Throws: ``EvidenceError`` for a bundle that is not exactly as it was written.
    static func unpack(_ file: String, into folder: String) throws -> (root: String, files: Int) {
        var text: [UInt8] = []
        var manifestName: String?
        var found: [String: String] = [:]
        var last: (name: String, digest: SHA256, output: FileHandle)?
        func close() throws {
            guard let (name, open, output) = last else { return }
            var digest = open
            try output.close()
            found[name] = SHA256.hexadecimal(digest.finish())
            last = nil
        }
        try TapeArchive.read(file) { name, bytes in
            try close()
            if manifestName == nil {
                guard bytes <= largestManifest else {
                    throw EvidenceError.otherDigest(path: file, file: name)
                }
                manifestName = name
                return { text += $0 }
            }
            let target = URL(filePath: "\(folder)/\(name)")
            try ScratchFolder.whileThere {
                try FileManager.default.createDirectory(
                    at: target.deletingLastPathComponent(),
                    withIntermediateDirectories: true
                )
                guard found[name] == nil,
                    FileManager.default.createFile(atPath: target.path, contents: nil),
                    let output = FileHandle(forWritingAtPath: target.path)
                else { throw EvidenceError.otherFiles(path: file, missing: [], added: [name]) }
                last = (name, SHA256(), output)
            }
            return { piece in
                last?.digest.add(piece)
                try last?.output.write(contentsOf: piece)
            }
        }
        try close()
        guard let name = manifestName,
            name == manifest + SHA256.hexadecimal(of: text) + ".json"
        else { throw EvidenceError.otherDigest(path: file, file: manifestName ?? manifest) }
        let json: JSON
        do {
            json = try JSON(parsing: String(decoding: text, as: UTF8.self))
        } catch {
            throw EvidenceError.damaged(path: file, offset: 0, problem: "\(name): line \(error)")
        }
        var named: [String: String] = [:]
        for member in json["files"]?.elements ?? [] {
            named[member["path"]?.shortText ?? ""] = member["sha256"]?.shortText
        }
        let (missing, added) = (
            named.keys.filter { found[$0] == nil }.sorted(),
            found.keys.filter { named[$0] == nil }.sorted()
        )
        guard missing.isEmpty, added.isEmpty else {
            throw EvidenceError.otherFiles(path: file, missing: missing, added: added)
        }
        for (name, digest) in found.sorted(by: { $0.key < $1.key }) where named[name] != digest {
            throw EvidenceError.otherDigest(path: file, file: name)
        }
        // No name of a file leads out of the folder, and so no folder of one does.
        let root = json["root"]?.shortText ?? ""
        // An experiment looks for its trials three folders above its own: that must be this folder.
        guard root.split(separator: "/", omittingEmptySubsequences: false).count == 3,
            found.keys.contains(where: { $0.hasPrefix(root + "/") })
        else {
            throw EvidenceError.otherFiles(path: file, missing: [root], added: [])
        }
        return ("\(folder)/\(root)", found.count)
    }
}
