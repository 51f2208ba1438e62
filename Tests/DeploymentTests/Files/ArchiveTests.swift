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

    @Test(
        "are refused whole if they hold more, deeper or longer names than anybody has",
        arguments: [
            // Five files and their folder; tar makes the folders of a path, too.
            ("mkdir e; touch e/1 e/2 e/3 e/4 e/5; tar -czf $a e", 6, nil),
            (
                "mkdir e; touch e/1 e/2 e/3 e/4 e/5; tar -czf $a e", 5,
                "it holds more than 5 files, folders and links"
            ),
            ("mkdir -p a/b/c; touch a/b/c/d; tar -czf $a a/b/c/d", 4, nil),
            (
                "mkdir -p a/b/c; touch a/b/c/d; tar -czf $a a/b/c/d", 3,
                "it holds more than 3 files, folders and links"
            ),
            (
                "p=$(printf 'x/%.0s' {1..101}); mkdir -p $p; tar -czf $a x", 1_000,
                "it holds a path of more than 100 folders"
            ),
            (
                "n=$(printf 'x%.0s' {1..250}); p=$n/$n/$n/$n/$n/$n/$n/$n/$n; mkdir -p $p; tar -czf $a $n",
                1_000, "it holds a path of more than 2048 bytes"
            ),
        ]
    )
    func countless(pack: String, entries: Int, reason: String?) async throws {
        try await Self.with { node, here in
            _ = try await Self.shell("a=../a.tar.gz; \(pack)", in: node)
            let file = node + "/../a.tar.gz"
            guard let reason else {
                try await Archive.unpack(file, into: here, entries: entries)
                return
            }
            let error = await #expect(throws: BadArchive.self) {
                try await Archive.unpack(file, into: here, entries: entries)
            }
            #expect(error?.description == "\(file): cannot be unpacked: \(reason)")
            let left = try await Self.shell("ls -A", in: here)
            #expect(left == "")
        }
    }

    @Test("hold no link that leads out of the folder, also with what comes there later")
    func links() async throws {
        try await Self.with { node, here in
            _ = try await Self.shell(
                """
                mkdir -p one/d two/a/b/c/e/f/g/h
                echo text >one/d/file
                ln -s file one/d/inside
                ln -s ../d/./file one/d/up
                ln -s d//file one/down
                ln -s ../../here/d one/d/over
                ln -s . one/self
                ln -s a/b/c/e/f/g/h two/d2
                ln -s d2/../../../../../../../log two/evil
                ln -s a/../../x two/out
                ln -s /etc two/absolute
                tar -czf 1.tar.gz -C one .
                tar -czf 2.tar.gz -C two .
                """,
                in: node
            )
            try await Archive.unpack(node + "/1.tar.gz", into: here)
            try await Archive.unpack(node + "/2.tar.gz", into: here)
            let links = try await Self.shell("find . -type l -printf '%P %l\\n' | sort", in: here)
            #expect(
                links == """
                    d/inside file
                    d/up ../d/./file
                    d2 a/b/c/e/f/g/h
                    down d//file
                    self .

                    """
            )
        }
    }

    @Test("put no link in a folder's place, nor a folder in that of a link")
    func replaced() async throws {
        try await Self.with { node, here in
            _ = try await Self.shell(
                """
                mkdir -p one/d one/x two/x three/l
                echo old >one/x/file
                ln -s x one/l
                echo new >two/x/file
                ln -s x two/d
                echo new >three/l/file
                for n in one two three; do tar -czf $n.tar.gz -C $n .; done
                """,
                in: node
            )
            try await Archive.unpack(node + "/one.tar.gz", into: here)
            for (name, entry) in [("two", "d"), ("three", "l")] {
                let file = "\(node)/\(name).tar.gz"
                let error = await #expect(throws: BadArchive.self) {
                    try await Archive.unpack(file, into: here)
                }
                let folder = try await Self.shell("pwd -P", in: here)
                    .trimmingCharacters(in: .newlines)
                #expect(
                    error?.description
                        == "\(file): cannot be unpacked: \"\(entry)\" is a folder in "
                        + "one of it and \(folder), and none in the other; unpack it elsewhere"
                )
            }
            let found = try await Self.shell("ls -A; cat x/file", in: here)
            #expect(found == "d\nl\nx\nold\n")
        }
    }

    @Test("are refused before a name of gigabytes fills memory")
    func longName() async throws {
        try await Self.with { node, here in
            // GNU tar puts a long name before its file, with a size of its own.
            let header = Self.header("././@LongLink", kind: "L", size: 5 << 30)
            try Data(header).write(to: URL(filePath: node + "/header"))
            _ = try await Self.shell("gzip -c header >../a.tar.gz", in: node)
            let error = await #expect(throws: BadArchive.self) {
                try await Archive.unpack(node + "/../a.tar.gz", into: here)
            }
            #expect(error?.reason.contains("memory exhausted") == true, "\(error?.reason ?? "")")
        }
    }

    @Test("leave nothing beside them when their time is over, for what unpacks them is killed")
    func killed() async throws {
        try await Self.with { node, here in
            _ = try await Self.shell("truncate -s 300M z; tar -czf ../a.tar.gz z", in: node)
            let error = await #expect(throws: BadArchive.self) {
                try await Archive.unpack(
                    node + "/../a.tar.gz",
                    into: here,
                    timeLimit: .milliseconds(100)
                )
            }
            #expect(error?.reason == "time limit reached, ended by signal 9")
            let left = try await Self.shell("ls -A", in: here)
            #expect(left == "")
        }
    }

    /// A tar file of one block device, as POSIX's ustar has it.
    private static var device: [UInt8] {
        header("disk", kind: "4", size: 0) + [UInt8](repeating: 0, count: 1_024)
    }

    /// The header of an entry of a tar file, as POSIX's ustar has it.
    private static func header(_ name: String, kind: String, size: Int) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
        }
        func octal(_ number: Int, _ count: Int) -> String {
            let digits = String(number, radix: 8)
            return String(repeating: "0", count: count - digits.count) + digits
        }
        put(name, at: 0)
        put("0000666", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(octal(size, 11), at: 124)
        put("00000000000", at: 136)
        put("        ", at: 148)
        put(kind, at: 156)
        put("ustar\u{0}00", at: 257)
        put("0000010", at: 329)
        put("0000000", at: 337)
        put(octal(block.map { Int($0) }.reduce(0, +), 6) + "\u{0} ", at: 148)
        return block
    }
}
