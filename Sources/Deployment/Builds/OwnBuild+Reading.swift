import DeploymentState
import Foundation
import Shell
import Usage

extension OwnBuild {
    /// The beginnings of what tar unpacks: gzip, xz, bzip2, Zstandard.
    private static let packed: [[UInt8]] = [
        [0x1F, 0x8B], [0xFD, 0x37, 0x7A, 0x58, 0x5A], [0x42, 0x5A, 0x68], [0x28, 0xB5, 0x2F, 0xFD],
    ]
    /// What an archive that is not compressed has behind the first file's name and owners.
    private static let tar = (place: 257, magic: Array("ustar".utf8))
    private static let debianPackage = Array("!<arch>\ndebian-binary".utf8)

    /// Reads a build: an executable, or the one in a Debian package or a tarball.
    ///
    /// The kind is told by the file's beginning, whatever its name.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - names: What the executable may be called in a package or tarball; the first that is there.
    /// - Throws: ``BuildError``.
    init(at path: String, names: [String]) async throws(BuildError) {
        let head = try Self.head(of: path)
        if head.starts(with: ELFMachine.magic) {
            try self.init(try Self.bytes(of: path, in: path), from: path)
            return
        }
        let isPackage = head.starts(with: Self.debianPackage)
        let isTar =
            Self.packed.contains { head.starts(with: $0) }
            || head.dropFirst(Self.tar.place).starts(with: Self.tar.magic)
        guard isPackage || isTar else { throw .unknownKind(path: path) }
        let folder: String
        do { folder = try Files.makeTemporaryDirectory("prov-build") } catch {
            throw .damaged(path: path, problem: "\(error)")
        }
        defer { try? Files.remove(folder) }  // else the system's cleaning
        try await Self.unpack(path, isPackage: isPackage, names: names, into: folder)
        try self.init(try Self.executable(in: folder, of: path, names: names), from: path)
    }

    /// The first bytes of a regular file.
    private static func head(of path: String) throws(BuildError) -> [UInt8] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
            let attributes = try? FileManager.default.attributesOfItem(  // `nil` is told below
                atPath: URL(filePath: path).resolvingSymlinksInPath().path
            )
        else { throw .noFile(path: path) }
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            throw .noRegularFile(path: path)
        }
        guard let file = FileHandle(forReadingAtPath: path) else { throw .noFile(path: path) }
        defer { try? file.close() }  // nothing was written
        do { return Array(try file.read(upToCount: 512) ?? Data()) } catch {
            throw .noFile(path: path)
        }
    }

    private static func bytes(of file: String, in path: String) throws(BuildError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: file) else {
            guard file == path else {
                throw .damaged(path: path, problem: "what was unpacked cannot be read")
            }
            throw .noFile(path: path)
        }
        return Array(data)
    }

    /// Unpacks what has one of these names, wherever it lies.
    private static func unpack(
        _ path: String,
        isPackage: Bool,
        names: [String],
        into folder: String
    ) async throws(BuildError) {
        let words = ["-euo", "pipefail", "-c", script, "unpack"]
        let process = LocalProcess(
            "bash",
            words + [Files.absolute(path), folder, isPackage ? "package" : "tar"] + names,
            timeLimit: .seconds(300)
        )
        do {
            let outcome = try await process.run()
            guard outcome.isSuccess else {
                let said = outcome.errorText.split(separator: "\n").suffix(3)
                let problem = said.isEmpty ? outcome.ending : said.joined(separator: "; ")
                throw BuildError.damaged(path: path, problem: problem.printable)
            }
        } catch let error as BuildError { throw error } catch {
            throw .damaged(path: path, problem: "\(error)")
        }
    }

    private static let script = #"""
        file=$1 folder=$2 kind=$3
        shift 3
        if [ "$kind" = package ]; then
            dpkg-deb --fsys-tarfile "$file" >"$folder/files.tar"
            file=$folder/files.tar
        fi
        tar --list --quoting-style literal --file "$file" | while IFS= read -r path; do
            for name; do [ "${path##*/}" != "$name" ] || printf '%s\n' "$path"; done
        done >"$folder/members"
        mkdir "$folder/files"
        [ -s "$folder/members" ] || exit 0
        tar --extract --no-same-owner --no-same-permissions --file "$file" --directory "$folder/files" \
            --verbatim-files-from --files-from "$folder/members"
        chmod -R u+rwX "$folder/files"
        """#

    /// The executable among what was unpacked: scripts and completions may bear its name, too.
    private static func executable(
        in folder: String,
        of path: String,
        names: [String]
    ) throws(BuildError) -> [UInt8] {
        let root = "\(folder)/files"
        let members =
            (FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? [])
            .sorted()
        var link: String?
        var special: String?
        for name in names {
            var found: [(member: String, bytes: [UInt8])] = []
            for member in members where Files.split(member).name == name {
                let file = "\(root)/\(member)"
                // `nil` unless it is a link
                if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: file) {
                    link = link ?? target.printable
                    continue
                }
                guard !Files.isDirectory(file) else { continue }
                let facts = try? FileManager.default.attributesOfItem(atPath: file)
                // Nothing else is opened: a pipe would wait, and a device may do anything.
                guard facts?[.type] as? FileAttributeType == .typeRegular else {
                    special = special ?? member.printable
                    continue
                }
                let bytes = try bytes(of: file, in: path)
                if bytes.starts(with: ELFMachine.magic) { found.append((member, bytes)) }
            }
            if let first = found.first {
                guard found.allSatisfy({ $0.bytes == first.bytes }) else {
                    throw .ambiguous(path: path, found: found.map { $0.member.printable })
                }
                return first.bytes
            }
        }
        if let special { throw .specialInside(path: path, member: special) }
        throw .notInside(path: path, names: names, link: link)
    }
}
