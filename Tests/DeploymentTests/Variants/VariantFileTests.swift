import DeploymentState
import Foundation
import Shell
import Testing

@testable import Deployment

/// The remote shell text of variants' files, as it is sent, and as it runs here with a server's folders
/// in one of the test's.
@Suite("A variant's files", .timeLimit(.minutes(1)))
struct VariantFileTests {
    @Test("are put and put back by these texts")
    func texts() throws {
        let file = VariantFile([1], to: "/etc/x y.conf", isExecutable: true)
        #expect(file.kept.hasPrefix("/var/lib/prov/variant-files/"))
        try Golden.expect(
            VariantFileSteps.put("/tmp/x/0", as: file),
            is: "variant-file-put.bash",
            "/tmp/x/0 '/etc/x y.conf' \(file.kept) 0755"
        )
        try Golden.expect(
            VariantFileSteps.putBack(butFor: [file]),
            is: "variant-file-put-back.bash",
            "/var/lib/prov/variant-files \(file.kept.suffix(64))"
        )
    }

    /// A server's file system in a folder.
    private struct Server {
        let root: String

        /// Runs a call here, with what is kept on a server in the folder.
        func run(_ call: RemoteCall, before functions: String = "") async throws {
            let text = String(call.command.text.trimmingPrefix("sudo -n "))
                .replacing(VariantFile.folder, with: root + "/kept")
            try Files.write(functions + "\n", to: root + "/functions", durably: false)
            var environment = ProcessInfo.processInfo.environment
            environment["BASH_ENV"] = root + "/functions"
            try await LocalProcess(
                "/bin/sh",
                ["-c", text],
                environment: environment,
                input: Array(call.input.utf8),
                timeLimit: .seconds(30)
            )
            .execute()
        }

        func put(_ text: String, to path: String, before functions: String = "") async throws {
            try Files.write(text, to: root + "/staged", durably: false)
            try await run(
                VariantFileSteps.put(root + "/staged", as: file(path)),
                before: functions
            )
        }

        func file(_ path: String) -> VariantFile { VariantFile([], to: "\(root)/etc/\(path)") }

        /// All files below `etc` with their modes and texts, and all folders.
        func tree() async throws -> String {
            try await LocalProcess(
                "bash",
                [
                    "-c",
                    "cd \"$1/etc\"; find . -type d -print -o -printf '%p %m ' -exec cat {} \\; | sort",
                    "bash", root,
                ],
                timeLimit: .seconds(30)
            )
            .execute().outputText
        }
    }

    private static func withServer(_ body: (Server) async throws -> Void) async throws {
        try await withBuildFolder { folder in
            try Files.makeDirectory(folder + "/etc")
            try Files.write("old\n", to: folder + "/etc/there", mode: 0o640, durably: false)
            try await body(Server(root: folder))
        }
    }

    @Test("replace what is there, as its owner and mode were, and leave all as it was")
    func putBack() async throws {
        try await Self.withServer { server in
            let before = try await server.tree()
            for text in ["new\n", "newer\n"] { try await server.put(text, to: "there") }
            try await server.put("made\n", to: "a/b/c")
            #expect(
                try await server.tree() == """
                    .
                    ./a
                    ./a/b
                    ./a/b/c 644 made
                    ./there 640 newer

                    """
            )
            try await server.run(VariantFileSteps.putBack(butFor: [server.file("there")]))
            #expect(try await server.tree() == ".\n./there 640 newer\n")
            try await server.run(VariantFileSteps.putBack(butFor: []))
            try await server.run(VariantFileSteps.putBack(butFor: []))
            #expect(try await server.tree() == before)
            #expect(try Files.list(server.root + "/kept") == [])
        }
    }

    @Test("leave a folder that somebody else put something into")
    func usedFolder() async throws {
        try await Self.withServer { server in
            try await server.put("made\n", to: "a/b/c")
            try Files.write("theirs\n", to: server.root + "/etc/a/d", mode: 0o644, durably: false)
            try await server.run(VariantFileSteps.putBack(butFor: []))
            #expect(try await server.tree() == ".\n./a\n./a/d 644 theirs\n./there 640 old\n")
        }
    }

    @Test("replace no folder")
    func folder() async throws {
        try await Self.withServer { server in
            try Files.makeDirectory(server.root + "/etc/folder")
            let error = await #expect(throws: LocalProcessError.self) {
                try await server.put("x", to: "folder")
            }
            let said = try #require(error)
            #expect("\(said)".contains("/etc/folder is a folder there"))
            #expect(try await server.tree() == ".\n./folder\n./there 640 old\n")
        }
    }

    @Test(
        "are put back as they were wherever putting or putting back was cut short",
        arguments: ["rm", "mkdir", "cp", "mv", "install", "chown", "chmod", "cat", "rmdir"]
    )
    func cutShort(at command: String) async throws {
        try await Self.withServer { server in
            let before = try await server.tree()
            for cut in ["kill -9 $$", "command \(command) \"$@\"; kill -9 $$"] {
                let killer = "\(command)() { \(cut); }"
                for path in ["there", "a/b"] {
                    // It may be killed, or not.
                    _ = try? await server.put("new\n", to: path, before: killer)
                    let back = VariantFileSteps.putBack(butFor: [])
                    _ = try? await server.run(back, before: killer)
                    try await server.put("new\n", to: path)
                    try await server.run(back)
                    let after = try await server.tree().split(separator: "\n")
                        .filter { !$0.contains(".prov-new") }
                    #expect(after == before.split(separator: "\n"), "\(cut) \(path)")
                }
            }
        }
    }
}
