import Foundation
import SSH
import TestSupport
import Testing

/// Whether users can be made here, and `sudo` is there.
private let canMakeUsers =
    getuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/sudo")

/// Makes a user who may become root, as the users of cloud images may; needs root itself.
@Suite("a user with sudo", .timeLimit(.minutes(2)), .enabled(if: canMakeUsers))
struct SudoTests {
    @Test("ends what it runs as root")
    func endsRootsProcesses() async throws {
        try await Self.withUser { user in
            try await LoopbackSSHD.with(user: user) { server in
                let connection = try await SSHConnection.connect(
                    to: server.target(),
                    timeout: .seconds(30)
                )
                let word = "7\(Int.random(in: 100_000_000...999_999_999))"
                let error = await #expect(throws: SSHError.self) {
                    try await connection.execute(
                        "sudo -n sh -c 'trap \"\" TERM; sleep \(word); sleep \(word)'",
                        timeout: .seconds(1)
                    )
                }
                #expect(
                    error?.description
                        == "\(server.target().name): execute: timed out after 1.0 seconds"
                )
                #expect(ProcessTable.current().processes(with: word) == [])
                await connection.close()
            }
        }
    }

    private static func withUser(_ body: (String) async throws -> Void) async throws {
        let name = "ssh-test-\(UInt32.random(in: 0...999_999))"
        let rule = "/etc/sudoers.d/\(name)"
        try LoopbackSSHD.run("useradd", "--create-home", "--shell", "/bin/sh", name)
        defer {
            // Each may fail if a step before it did: nothing more can be done here.
            try? LoopbackSSHD.run("rm", "-f", rule)
            try? LoopbackSSHD.run("userdel", "--force", "--remove", name)
        }
        // Without PAM, sshd takes the locked password of a new user for a locked account.
        try LoopbackSSHD.run("usermod", "--password", "*", name)
        try "\(name) ALL=(ALL) NOPASSWD: ALL\n"
            .write(toFile: rule, atomically: true, encoding: .utf8)
        try await body(name)
    }
}
