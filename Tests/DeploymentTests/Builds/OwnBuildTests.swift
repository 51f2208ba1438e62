import DeploymentState
import Foundation
import Shell
import Testing

@testable import Deployment

/// Does `body` with a folder that is gone afterwards.
func withBuildFolder(_ body: (String) async throws -> Void) async throws {
    let folder = try Files.makeTemporaryDirectory("prov-build-test")
    defer { try? Files.remove(folder) }  // else the system's cleaning
    try await body(folder)
}

/// The bytes of an executable of this machine, which differ from its own by what stands behind them.
func executable(_ path: String = "/bin/true", and rest: String = "") throws -> [UInt8] {
    try Files.bytes(of: URL(filePath: path).resolvingSymlinksInPath().path) + Array(rest.utf8)
}

@Suite("A build of the user's", .timeLimit(.minutes(1)))
struct OwnBuildTests {
    private static let names = ["redis-server", "redis-check-rdb"]

    private static func read(_ path: String) async throws -> OwnBuild {
        try await OwnBuild(at: path, names: names)
    }

    private static func run(_ script: String, in folder: String) async throws {
        try await LocalProcess(
            "bash",
            ["-euo", "pipefail", "-c", script],
            directory: folder,
            timeLimit: .seconds(30)
        )
        .execute()
    }

    /// A folder `tree` as packages have it: a script and a folder of the executable's name beside it.
    private static func lay(_ tree: String, in folder: String) async throws {
        try Files.write(try executable(and: "1"), to: folder + "/exe", durably: false)
        try await run(
            """
            mkdir -p tree/usr/bin tree/etc/init.d tree/usr/share/redis-server
            echo '#!/bin/sh' >tree/etc/init.d/redis-server
            \(tree)
            """,
            in: folder
        )
    }

    @Test("is an executable as it is, whatever becomes of its file")
    func plain() async throws {
        try await withBuildFolder { folder in
            let bytes = try executable(and: "mine")
            try Files.write(bytes, to: folder + "/redis server.new", durably: false)
            let build = try await Self.read(folder + "/redis server.new")
            try Files.remove(folder + "/redis server.new")
            #expect(build.executable == bytes)
            #expect(build.name == "redis server.new")
            let sum = try await LocalProcess("sha256sum", input: bytes, timeLimit: .seconds(10))
                .execute()
            #expect(sum.outputText.hasPrefix(build.digest))
        }
    }

    @Test(
        "is found in a package or tarball under any of its names, and no script of that name is taken",
        arguments: [
            ("cp exe tree/usr/bin/redis-server", "tar -cf p -C tree ."),
            ("cp exe tree/usr/bin/redis-server", "tar -czf p tree"),
            ("cp exe tree/redis-server", "cd tree; tar -cJf ../p redis-server"),
            // As Debian's has it.
            (
                "cp exe tree/usr/bin/redis-check-rdb; ln -s redis-check-rdb tree/usr/bin/redis-server",
                "tar -czf p tree"
            ),
            (
                "cp exe tree/usr/bin/redis-check-rdb; ln -s redis-check-rdb tree/usr/bin/redis-server",
                """
                mkdir tree/DEBIAN
                printf 'Package: x\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@example.com>\\nDescription: x\\n' \
                    >tree/DEBIAN/control
                dpkg-deb --root-owner-group --build tree p
                """
            ),
            // Twice the same.
            (
                "cp exe tree/redis-server; cp exe tree/usr/bin/redis-server", "tar -cf p tree"
            ),
        ]
    )
    func packed(tree: String, pack: String) async throws {
        try await withBuildFolder { folder in
            try await Self.lay(tree, in: folder)
            try await Self.run(pack, in: folder)
            let build = try await Self.read(folder + "/p")
            #expect(build.executable == (try executable(and: "1")))
            #expect(build.name == "p")
        }
    }

    @Test(
        "is refused with its file, what is wrong, and the remedy",
        arguments: [
            ("", "there is no such file, or it cannot be read"),
            ("mkdir p", "is no regular file; a build is a .deb, a tarball or an executable"),
            (
                "echo '#!/bin/sh' >p",
                "is no .deb, no tarball and no executable; name one of these, or "
                    + "\"packaged\" for the distribution's build"
            ),
            (
                ": >p",
                "is no .deb, no tarball and no executable; name one of these, or "
                    + "\"packaged\" for the distribution's build"
            ),
            (
                "tar -czf p tree",
                "holds no executable called \"redis-server\" or \"redis-check-rdb\""
            ),
            (
                "mkfifo tree/usr/bin/redis-server; tar -czf p tree",
                "holds tree/usr/bin/redis-server, which is a device, a pipe or the like and no executable: "
                    + "pack the file itself"
            ),
            (
                "ln -s redis-check-rdb tree/usr/bin/redis-server; tar -czf p tree",
                "holds no executable called \"redis-server\" or \"redis-check-rdb\"; what it calls so "
                    + "is a link to \"redis-check-rdb\": name the file that holds that"
            ),
            (
                "cp exe tree/redis-server; cp /bin/true tree/usr/bin/redis-server; tar -cf p tree",
                "holds several executables, tree/redis-server, tree/usr/bin/redis-server; name one of "
                    + "them by its own path, unpacked"
            ),
            ("head -c 10 exe >p", "ends within its header"),
            (
                // The type of an object file.
                "cp exe p; printf '\\1\\0' | dd of=p bs=1 seek=16 conv=notrunc status=none",
                "is machine code that is no program: an object file or a core dump"
            ),
        ]
    )
    func refused(make: String, problem: String) async throws {
        try await withBuildFolder { folder in
            try await Self.lay(make, in: folder)
            let error = await #expect(throws: BuildError.self) {
                try await Self.read(folder + "/p")
            }
            #expect(error?.description == "\(folder)/p: \(problem)")
        }
    }

    @Test("that is cut off is told in the words of whoever unpacks it")
    func cutOff() async throws {
        try await withBuildFolder { folder in
            try await Self.lay(
                "cp exe tree/redis-server; tar -czf whole tree; head -c 3000 whole >p",
                in: folder
            )
            let error = await #expect(throws: BuildError.self) {
                try await Self.read(folder + "/p")
            }
            let text = try #require(error).description
            #expect(text.hasPrefix("\(folder)/p: cannot be unpacked: "))
            #expect(text.contains("unexpected end of file"))
        }
    }

    @Test(
        "says for which machines it is",
        arguments: [
            (UInt8(62), UInt8(0), "x86_64", ["x86_64"], ["aarch64"]),
            (183, 0, "aarch64", ["aarch64"], ["x86_64"]),
            (3, 0, "i686", ["i686", "x86_64"], ["aarch64"]),
            // Of a kind that nobody here has heard of, the trial tells.
            (0, 77, "machine 19712", ["x86_64", "new"], []),
        ]
    )
    func machine(low: UInt8, high: UInt8, name: String, runs: [String], not: [String]) throws {
        var header = [UInt8](repeating: 0, count: 20)
        header.replaceSubrange(0..<6, with: ELFMachine.magic + [2, 1])
        (header[16], header[18], header[19]) = (3, low, high)
        let machine = try ELFMachine(of: header)
        #expect(machine.name == name)
        #expect(runs.allSatisfy(machine.runs))
        #expect(!not.contains(where: machine.runs))
        // The same with the other order of bytes.
        header[5] = 2
        (header[16], header[17], header[18], header[19]) = (0, 3, high, low)
        #expect(try ELFMachine(of: header) == machine)
    }
}
