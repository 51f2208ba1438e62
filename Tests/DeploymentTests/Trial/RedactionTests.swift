import DeploymentState
import Foundation
import Testing

@testable import Deployment

@Suite("Redaction")
struct RedactionTests {
    private let redaction = Redaction(names: RedisCluster().secretSettings)

    @Test(
        "takes passwords out of lines, and leaves the rest",
        arguments: [
            ("requirepass hunter2", "requirepass [redacted]"),
            ("  masterauth \"hunter2\"", "  masterauth \"[redacted]"),
            ("MasterAuth hunter2", "MasterAuth [redacted]"),
            ("user alice on >hunter2 ~* +@all", "user [redacted]"),
            (
                "redis-cli config set requirepass hunter2",
                "redis-cli config set requirepass [redacted]"
            ),
            ("masterauth=hunter2 appendonly=yes", "masterauth=[redacted]"),
            ("hz 10\nrequirepass x\nport 1", "hz 10\nrequirepass [redacted]\nport 1"),
            ("log in as user prov", "log in as user prov"),
            ("requirepass", "requirepass"),
            ("# Command line user limits", "# Command line user limits"),
            ("masteruser bob", "masteruser bob"),
        ]
    )
    func lines(text: String, expected: String) { #expect(redaction.text(text) == expected) }

    @Test("takes passwords out of settings, and says where none is set")
    func settings() {
        let settings = ["requirepass": "hunter2", "masterauth": "", "hz": "10"]
        #expect(
            redaction.settings(settings) == [
                "requirepass": "[redacted]", "masterauth": "", "hz": "10",
            ]
        )
    }

    @Test("keeps passwords out of a trial's journal, whatever the command and however it ends")
    func journal() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-journal")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        let journal = try Journal(path: folder + "/commands.jsonl", redaction: redaction)
        struct Failure: Error, CustomStringConvertible {
            let description = "cannot apply: requirepass hunter2"
        }
        let base = ScriptedRemote(try Node.made("server-0")) { call in
            if call.input.contains("fail") { throw Failure() }
            return RemoteResult()
        }
        let remote = RecordingRemote(base, journal: journal)
        let file = RemoteFile(path: "/etc/redis/redis.conf", text: "port 1\nrequirepass hunter2\n")
        try await remote.execute(file.install)
        await #expect(throws: Failure.self) { try await remote.execute(.script("fail")) }
        let text = try Files.read(folder + "/commands.jsonl")
        #expect(text.split(separator: "\n").count == 2)
        #expect(text.contains("requirepass [redacted]"))
        #expect(!text.contains("hunter2"))
    }
}
