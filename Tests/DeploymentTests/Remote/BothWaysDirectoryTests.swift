import DeploymentState
import Foundation
import SSH
import Shell
import TestSupport
import Testing

@testable import Deployment

@Suite("both ways to a node: folders", .timeLimit(.minutes(3)))
struct BothWaysDirectoryTests {
    /// Names that mean something to a shell, to rsync, or to ssh.
    private static let names = [
        "-e", "--delete", "a:b", "server-0:x", "it's a \"name\" with $HOME `x` \\ ü *", "[a]?", " ",
    ]

    /// A deployment of one node, reached in one way.
    private func reached(
        _ way: Way,
        _ body: (Deployment, _ folder: String) async throws -> Void
    ) async throws {
        try await LoopbackSSHD.reached(way) { remote, server in
            let deployment = Deployment(
                state: try StateDirectory.open(server.folder.appending(path: "demo").path),
                system: RedisCluster(),
                nodes: [remote.node],
                remotes: [remote],
                progress: Progress(isTerminal: false) { _ in }
            )
            try await body(deployment, server.folder.path)
        }
    }

    @Test("come unchanged, there and back, whatever they are called", arguments: Way.allCases)
    func roundTrip(way: Way) async throws {
        try await reached(way) { deployment, folder in
            for name in Self.names {
                let (here, there) = ("\(folder)/here/\(name)", "\(folder)/there/\(name)")
                try FileManager.default.createDirectory(
                    atPath: "\(here)/\(name)",
                    withIntermediateDirectories: true
                )
                for file in Self.names { try Files.write(file, to: "\(here)/\(name)/\(file).x") }
                chmod("\(here)/\(name)/-e.x", 0o750)
                try await deployment.uploadDirectory(
                    here,
                    to: there,
                    on: deployment.servers,
                    owner: "daemon:daemon"
                )
                let facts = try FileManager.default.attributesOfItem(
                    atPath: "\(there)/\(name)/-e.x"
                )
                #expect(facts[.ownerAccountName] as? String == "daemon")
                #expect(facts[.posixPermissions] as? Int == 0o750)
                let local = try await deployment.downloadDirectory(
                    there,
                    from: deployment.servers,
                    into: "\(folder)/back/\(name)"
                )
                let back = try #require(local[deployment.servers[0]])
                #expect(back == "\(folder)/back/\(name)/server-0")
                for file in Self.names {
                    #expect(try Files.read("\(back)/\(name)/\(file).x") == file)
                }
                let own = try FileManager.default.attributesOfItem(atPath: "\(back)/\(name)/-e.x")
                #expect(own[.posixPermissions] as? Int == 0o700)
                #expect((own[.ownerAccountID] as? Int).map(UInt32.init) == geteuid())
            }
        }
    }

    @Test("send only what differs, and remove only what they are told to", arguments: Way.allCases)
    func delta(way: Way) async throws {
        try await reached(way) { deployment, folder in
            let (here, there) = (folder + "/here", folder + "/there")
            try Files.makeDirectory(here)
            try LoopbackSSHD.run("truncate", "--size", "20M", here + "/same")
            try Files.write("old", to: here + "/changed")
            try await deployment.uploadDirectory(here, to: there, on: deployment.servers)
            let inode = { (name: String) in
                try FileManager.default.attributesOfItem(atPath: "\(there)/\(name)")[
                    .systemFileNumber
                ]
                    as? Int
            }
            let before = try (inode("same"), inode("changed"))
            try Files.write("newer", to: here + "/changed")
            try Files.write("mine", to: there + "/own")
            try await deployment.uploadDirectory(here, to: there, on: deployment.servers)
            // A file that is sent gets a new inode.
            #expect(try inode("same") == before.0)
            #expect(try inode("changed") != before.1)
            #expect(try Files.read(there + "/changed") == "newer")
            #expect(try Files.read(there + "/own") == "mine")
            try await deployment.uploadDirectory(
                here,
                to: there,
                on: deployment.servers,
                mirroring: true
            )
            #expect(try Files.list(there).sorted() == ["changed", "same"])
        }
    }

    @Test(
        "bring no link, device or setuid bit of a node, and write through none",
        arguments: Way.allCases
    )
    func hostile(way: Way) async throws {
        try await reached(way) { deployment, folder in
            let there = folder + "/there"
            try Files.makeDirectory(there)
            try Files.makeDirectory(there + "/sub")
            try Files.makeDirectory(folder + "/outside")
            try Files.write("x", to: there + "/sub/file")
            try Files.write("x", to: there + "/setuid")
            chmod(there + "/setuid", 0o6755)
            symlink("/etc/passwd", there + "/link")
            symlink("../..", there + "/sub/up")
            mkfifo(there + "/pipe", 0o644)
            // Such as /dev/null, 1:3.
            #expect(mknod(there + "/device", S_IFCHR | 0o666, 0x103) == 0)
            // A link of the past leads out of the local folder, where the node has a folder.
            try Files.makeDirectory(folder + "/back")
            try Files.makeDirectory(folder + "/back/server-0")
            symlink(folder + "/outside", folder + "/back/server-0/sub")
            let local = try await deployment.downloadDirectory(
                there,
                from: deployment.servers,
                into: folder + "/back"
            )
            let back = try #require(local[deployment.servers[0]])
            #expect(try Files.list(back).sorted() == ["setuid", "sub"])
            #expect(try Files.list(back + "/sub") == ["file"])
            #expect(try Files.list(folder + "/outside") == [])
            let facts = try FileManager.default.attributesOfItem(atPath: back + "/setuid")
            #expect(facts[.posixPermissions] as? Int == 0o700)
        }
    }

    @Test("end where they bring more than they may", arguments: Way.allCases)
    func limits(way: Way) async throws {
        try await reached(way) { deployment, folder in
            let there = folder + "/there"
            try Files.makeDirectory(there)
            for name in ["a", "b", "c"] {
                try LoopbackSSHD.run("truncate", "--size", "1M", "\(there)/\(name)")
            }
            for (bytes, entries, what) in [
                (2 << 20, 10, "more than 2097152 bytes"),
                (3 << 20, 2, "more than 2 files and folders"),
            ] {
                let error = await #expect(throws: FanOutError.self) {
                    try await deployment.downloadDirectory(
                        there,
                        from: deployment.servers,
                        into: "\(folder)/back",
                        limit: bytes,
                        entryLimit: entries
                    )
                }
                #expect(
                    error?.description == """
                        1 of 1 nodes failed
                        server-0: download "\(there)" to "\(folder)/back/server-0": \
                        the local folder would hold \(what)
                        """
                )
            }
            try await deployment.downloadDirectory(
                there,
                from: deployment.servers,
                into: "\(folder)/back",
                limit: 3 << 20,
                entryLimit: 3
            )
        }
    }

    @Test(
        "name the node, the cause and the remedy, before anything is changed",
        arguments: Way.allCases
    )
    func missing(way: Way) async throws {
        try await reached(way) { deployment, folder in
            // As the login user a node's PATH is what sshd gives it.
            let there = folder + "/there"
            try Files.makeDirectory(folder + "/here")
            let download = await #expect(throws: FanOutError.self) {
                try await deployment.downloadDirectory(
                    there,
                    from: deployment.servers,
                    into: folder + "/back"
                )
            }
            #expect(
                download?.description.hasSuffix("there is no such folder on the node") ?? false
            )
            #expect(!FileManager.default.fileExists(atPath: folder + "/back"))
            await #expect(throws: Misuse.noFolder(folder + "/nowhere")) {
                try await deployment.uploadDirectory(
                    folder + "/nowhere",
                    to: there,
                    on: deployment.servers
                )
            }
            await #expect(throws: Misuse.relativePath("there")) {
                try await deployment.uploadDirectory(folder, to: "there", on: deployment.servers)
            }
            try Files.write("", to: there)
            let blocked = await #expect(throws: FanOutError.self) {
                try await deployment.uploadDirectory(
                    folder + "/here",
                    to: there + "/below",
                    on: deployment.servers,
                    asRoot: false
                )
            }
            #expect(blocked?.description.contains("Not a directory") ?? false)
        }
    }

    @Test("refuse a host whose key is another than known, or unknown")
    func hostKey() async throws {
        try await LoopbackSSHD.with { server in
            let key = try String(
                contentsOfFile: server.folder.path + "/identity.pub",
                encoding: .utf8
            )
            // What the configuration itself says to that does not count.
            let options = "Host *\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null"
            let copy = DirectoryCopy(
                direction: .upload(owner: nil),
                local: server.folder.path,
                remote: server.folder.path,
                isRoot: false,
                isMirror: false,
                timeLimit: .seconds(60)
            )
            for (hosts, reason) in [
                ("[127.0.0.1]:\(server.port) \(key)", SSHError.Reason.hostKeyChanged),
                ("[127.0.0.2]:\(server.port) \(key)", .hostKeyUnknown),
            ] {
                for way in Way.allCases {
                    let state = try server.state(hosts: hosts, options: options)
                    let remote = server.remote(way, in: state)
                    let error = await #expect(throws: SSHError.self) {
                        try await remote.copy(copy)
                    }
                    #expect(error?.reason == reason)
                    #expect(error?.description.hasPrefix("server-0: upload \"") ?? false)
                    await remote.close()
                }
            }
        }
    }
}
