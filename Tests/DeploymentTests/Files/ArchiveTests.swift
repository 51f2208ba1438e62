import Foundation
import Shell
import TestSupport
import Testing

@testable import Deployment

@Suite("archives from nodes", .timeLimit(.minutes(1)))
struct ArchiveTests {
    /// Calls `body` with two folders: one for what a node packs, one for what is unpacked here.
    private static func with(_ body: (_ node: String, _ here: String) async throws -> Void)
        async throws
    {
        let folder = try ChildProcess.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
        let (node, here) = (folder.path + "/node", folder.path + "/here")
        for path in [node, here] {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true
            )
        }
        try await body(node, here)
    }

    private static func shell(_ text: String, in folder: String) async throws -> String {
        try await LocalProcess("bash", ["-euc", text], directory: folder).execute().outputText
    }

    @Test("come out as private files of ours, without setuid bits, beside what is there")
    func owners() async throws {
        try await Self.with { node, here in
            _ = try await Self.shell(
                """
                mkdir sub; echo new >sub/tool; echo text >plain; ln -s sub/tool inside; ln -s /etc/passwd out
                tar -czf ../a.tar.gz --owner 12345 --group 12345 --mode a+rwxs .
                """,
                in: node
            )
            _ = try await Self.shell("mkdir sub; echo old >sub/tool; echo own >kept", in: here)
            try await Archive.unpack(node + "/../a.tar.gz", into: here)
            let found = try await Self.shell(
                "find . -mindepth 1 -printf '%P %y %U\\n' | sort; find plain sub/tool -perm /7077; cat sub/tool kept",
                in: here
            )
            let me = getuid()
            #expect(
                found == """
                    inside l \(me)
                    kept f \(me)
                    plain f \(me)
                    sub d \(me)
                    sub/tool f \(me)
                    new
                    own

                    """
            )
        }
    }

    @Test("write nothing outside the folder")
    func outside() async throws {
        try await Self.with { node, here in
            _ = try await Self.shell(
                """
                echo evil >file
                tar -czPf ../a.tar.gz --transform "s,^file$,../escaped," file
                """,
                in: node
            )
            // tar leaves the dots away, or refuses; either way nothing lies beside the folder.
            try? await Archive.unpack(node + "/../a.tar.gz", into: here)
            let beside = try await Self.shell("ls ..", in: here)
            #expect(beside == "a.tar.gz\nhere\nnode\n")
        }
    }

    @Test("are refused whole if they hold a device, or more than they may")
    func refused() async throws {
        try await Self.with { node, here in
            try Data(Self.device).write(to: URL(filePath: node + "/a.tar"))
            _ = try await Self.shell(
                "gzip a.tar; head -c 100000 /dev/zero >zeros; tar -czf b.tar.gz zeros",
                in: node
            )
            let device = await #expect(throws: BadArchive.self) {
                try await Archive.unpack(node + "/a.tar.gz", into: here)
            }
            #expect(device?.reason.hasPrefix("it holds a device: brw") == true)
            let size = await #expect(throws: BadArchive.self) {
                try await Archive.unpack(node + "/b.tar.gz", into: here, limit: 99_999)
            }
            #expect(
                size?.description
                    == "\(node)/b.tar.gz: cannot be unpacked: it holds more than 99999 bytes"
            )
            let left = try await Self.shell("ls -A", in: here)
            #expect(left == "")
        }
    }

    /// A tar file of one block device, as POSIX's ustar has it.
    private static var device: [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
        }
        put("disk", at: 0)
        put("0000666", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put("00000000000", at: 124)
        put("00000000000", at: 136)
        put("        ", at: 148)
        put("4", at: 156)
        put("ustar\u{0}00", at: 257)
        put("0000010", at: 329)
        put("0000000", at: 337)
        let sum = block.map { Int($0) }.reduce(0, +)
        let digits = String(sum, radix: 8)
        put(String(repeating: "0", count: 6 - digits.count) + digits + "\u{0} ", at: 148)
        return block + [UInt8](repeating: 0, count: 1_024)
    }
}
