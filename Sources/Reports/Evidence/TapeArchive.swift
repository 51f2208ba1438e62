internal import Foundation
internal import Posix

/// A tar archive of plain files in the form of POSIX (ustar), written and read without a doubt about
/// any byte: what a header, a file and the space behind it hold is checked.
enum TapeArchive {
    private static let block = 512
    /// A file that is larger is no evidence of ours: 8 GiB, the most that the form can say.
    private static let most = 1 << 33

    /// The header of a file.
    ///
    /// - Throws: ``EvidenceError/unpackable(path:problem:)`` for a name that the form cannot hold.
    static func header(path: String, bytes: Int) throws(EvidenceError) -> [UInt8] {
        guard bytes < most else { throw .unpackable(path: path, problem: "is larger than 8 GiB") }
        guard let (prefix, name) = split(path) else {
            throw .unpackable(path: path, problem: "has too long a name for a tar archive")
        }
        var header = [UInt8](repeating: 0, count: block)
        func put(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        put(name, at: 0)
        put("0000600\u{0}", at: 100)
        put("0000000\u{0}0000000\u{0}", at: 108)
        put(octal(bytes, digits: 11) + "\u{0}", at: 124)
        // no time: the same evidence gives the same archive
        put(octal(0, digits: 11) + "\u{0}", at: 136)
        put("        0", at: 148)
        put("ustar\u{0}00", at: 257)
        put(prefix, at: 345)
        put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\u{0} ", at: 148)
        return header
    }

    /// The zeros that fill a file's last block.
    static func padding(bytes: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: (block - bytes % block) % block)
    }

    /// What ends an archive.
    static let end = [UInt8](repeating: 0, count: 2 * block)

    private static func octal(_ value: Int, digits: Int) -> String {
        let text = String(value, radix: 8)
        return String(repeating: "0", count: digits - text.count) + text
    }

    private static func split(_ path: String) -> (prefix: String, name: String)? {
        guard path.utf8.count > 100 else { return ("", path) }
        for slash in path.indices where path[slash] == "/" {
            let (prefix, name) = (path[..<slash], path[path.index(after: slash)...])
            if prefix.utf8.count <= 155, name.utf8.count <= 100, !name.isEmpty {
                return (String(prefix), String(name))
            }
        }
        return nil
    }

    /// Reads the files of an archive in order.
    ///
    /// - Parameters:
    ///   - path: The archive.
    ///   - open: Gets each file's path and size, and returns what takes its bytes, piece by piece.
    /// - Throws: ``EvidenceError`` for an archive that is not exactly as it was written.
    static func read(
        _ path: String,
        _ open: (_ path: String, _ bytes: Int) throws -> (_ piece: Data) throws -> Void
    ) throws {
        let file: FileHandle
        do throws(SystemError) {
            file = FileHandle(fileDescriptor: try RegularFile.open(path), closeOnDealloc: true)
        } catch {
            throw EvidenceError.unreadable(path: path, problem: "\(error)")
        }
        defer { try? file.close() }  // nothing was written
        var offset = 0
        func take(_ count: Int) throws -> Data {
            let data = try file.read(upToCount: count) ?? Data()
            guard data.count == count else {
                throw EvidenceError.damaged(
                    path: path,
                    offset: offset,
                    problem: "it ends too early"
                )
            }
            offset += count
            return data
        }
        while true {
            let place = offset
            let header = [UInt8](try take(block))
            if header.allSatisfy({ $0 == 0 }) {
                guard try take(block).allSatisfy({ $0 == 0 }) else {
                    throw EvidenceError.damaged(
                        path: path,
                        offset: place,
                        problem: "of the two empty blocks that end it, the second is not empty"
                    )
                }
                guard try file.read(upToCount: 1) ?? Data() == Data() else {
                    throw EvidenceError.damaged(
                        path: path,
                        offset: offset,
                        problem: "has bytes after its end"
                    )
                }
                return
            }
            let (name, bytes) = try entry(header, path, place)
            let consume = try open(name, bytes)
            var left = bytes
            while left > 0 {
                let piece = try take(min(left, 1 << 20))
                left -= piece.count
                try consume(piece)
            }
            guard try take((block - bytes % block) % block).allSatisfy({ $0 == 0 }) else {
                throw EvidenceError.damaged(
                    path: path,
                    offset: offset,
                    problem: "there is something behind \"\(name)\""
                )
            }
        }
    }

    /// Reads a header; it must be, byte for byte, the one that we would write.
    private static func entry(
        _ header: [UInt8],
        _ path: String,
        _ offset: Int
    ) throws(EvidenceError) -> (name: String, bytes: Int) {
        func text(_ range: Range<Int>) -> String {
            String(decoding: header[range].prefix { $0 != 0 }, as: UTF8.self)
        }
        let (prefix, last) = (text(345..<500), text(0..<100))
        let name = prefix.isEmpty ? last : "\(prefix)/\(last)"
        // What the form cannot hold was never written.
        guard let bytes = Int(text(124..<136), radix: 8), bytes >= 0,
            let written = try? self.header(path: name, bytes: bytes), header == written
        else {
            throw .damaged(path: path, offset: offset, problem: "the head of a file was changed")
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { ["", ".", ".."].contains($0) }) else {
            throw .damaged(path: path, offset: offset, problem: "\"\(name)\" leads out of it")
        }
        return (name, bytes)
    }
}
