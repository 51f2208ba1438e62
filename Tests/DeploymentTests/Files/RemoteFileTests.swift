import Foundation
import Shell
import TestSupport
import Testing

@testable import Deployment

/// The remote shell text, run on this machine as whoever runs the tests.
@Suite("a file on a node")
struct RemoteFileTests {
    private func install(_ file: RemoteFile, before: String = "") async throws -> Outcome {
        let command = String(file.install.command.text.trimmingPrefix("sudo -n "))
        return try await LocalProcess(
            "/bin/sh",
            ["-c", before + command],
            input: Array(file.install.input.utf8),
            timeLimit: .seconds(20)
        )
        .run()
    }

    /// The user and group of the tests, whom a file may be given to.
    private func owner() async throws -> String {
        let id = LocalProcess("sh", ["-c", "echo $(id -un):$(id -gn)"], timeLimit: .seconds(10))
        return try await id.execute().outputText.trimmingCharacters(in: .newlines)
    }

    @Test("is written whole, told from the same one, and made private if it was not")
    func writes() async throws {
        let folder = try ChildProcess.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
        let path = folder.appending(path: "a b/file").path
        let file = RemoteFile(path: path, text: "one\n", owner: try await owner(), isSecret: true)
        #expect(try await install(file).outputText == "changed\n")
        #expect(try await install(file).outputText == "same\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(try await install(file).outputText == "changed\n")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\n")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/a b") == ["file"]
        )
    }

    @Test("is never readable for others on its way, and lies under no name that can be foreseen")
    func onItsWay() async throws {
        let folder = try ChildProcess.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
        let victim = folder.appending(path: "victim").path
        try "mine\n".write(toFile: victim, atomically: true, encoding: .utf8)
        let path = folder.appending(path: "file").path
        for name in [path + ".prov-new", path + ".new", path + ".tmp"] {
            try FileManager.default.createSymbolicLink(atPath: name, withDestinationPath: victim)
        }
        // chown fails: what is left then is what others could have seen, had it not been removed.
        let file = RemoteFile(path: path, text: "secret\n", owner: "no-such-user", isSecret: true)
        let seen = folder.appending(path: "seen").path
        let chown = folder.appending(path: "chown").path
        try "#!/bin/sh\nstat --format %a \"$2\" >\(seen)\nexec /bin/chown \"$@\"\n"
            .write(toFile: chown, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: chown)
        let outcome = try await install(file, before: "PATH=\(folder.path):$PATH; umask 022; ")
        #expect(outcome.status != .exited(0))
        #expect(try String(contentsOfFile: seen, encoding: .utf8) == "600\n")
        #expect(try String(contentsOfFile: victim, encoding: .utf8) == "mine\n")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(
            Set(left) == ["victim", "file.prov-new", "file.new", "file.tmp", "seen", "chown"]
        )
    }
}
