import Foundation
import SSH
import TestSupport
import Testing

@Suite("files", .timeLimit(.minutes(2)))
struct FileTests {
    @Test(
        "arrive unchanged, whatever they are called",
        arguments: [
            (0, "empty"), (1, "-n"), (5 << 20, "it's a \"name\" with $HOME `x` \\ ü *"),
            (64 << 20, "large"),
        ]
    )
    func roundTrip(size: Int, name: String) async throws {
        try await LoopbackSSHD.connected { connection, server in
            let folder = server.folder
            let bytes = Data(StreamTests.bytes.prefix(min(size, StreamTests.size)))
            var data = Data()
            while data.count < size { data += bytes }
            let (source, copy) = (folder.appending(path: "source"), folder.appending(path: "copy"))
            try data.write(to: source)
            let remote = folder.appending(path: name).path
            try await connection.upload(
                source.path,
                to: remote,
                mode: 0o751,
                timeout: .seconds(60)
            )
            try await connection.download(remote, to: copy.path, timeout: .seconds(60))
            #expect(try Data(contentsOf: copy) == data)
            let facts = try FileManager.default.attributesOfItem(atPath: remote)
            #expect(facts[.posixPermissions] as? Int == 0o751)
            let parts = try Self.parts(in: folder)
            #expect(parts == [])
        }
    }

    @Test("keep the old one when an upload fails, and leave no part of the new one")
    func failedUpload() async throws {
        try await LoopbackSSHD.connected { connection, server in
            let remote = server.folder.appending(path: "remote")
            try Data("old".utf8).write(to: remote)
            let source = server.folder.appending(path: "source")
            try Data(StreamTests.bytes).write(to: source)
            let error = await #expect(throws: SSHError.self) {
                try await connection.upload(
                    source.path,
                    to: remote.path,
                    mode: 0o644,
                    timeout: .milliseconds(1)
                )
            }
            #expect(error?.reason == .timedOut)
            #expect(try String(contentsOf: remote, encoding: .utf8) == "old")
            await waitUntil { (try? Self.parts(in: server.folder)) == [] }
        }
    }

    @Test("name both paths and the reason when they cannot be copied")
    func faults() async throws {
        try await LoopbackSSHD.connected { connection, server in
            let folder = server.folder.path
            try Data("x".utf8).write(to: server.folder.appending(path: "here"))
            let calls: [(String, () async throws -> Void)] = [
                (
                    "upload \"/nowhere\" to \"x\": cannot read the local file: no such file or directory",
                    {
                        try await connection.upload(
                            "/nowhere",
                            to: "x",
                            mode: 0o644,
                            timeout: .seconds(9)
                        )
                    }
                ),
                (
                    "upload \"/tmp\" to \"x\": cannot read the local file: is not a regular file",
                    {
                        try await connection.upload(
                            "/tmp",
                            to: "x",
                            mode: 0o644,
                            timeout: .seconds(9)
                        )
                    }
                ),
                (
                    "upload \"\(folder)/here\" to \"/tmp\": is a directory",
                    {
                        try await connection.upload(
                            folder + "/here",
                            to: "/tmp",
                            mode: 0o644,
                            timeout: .seconds(9)
                        )
                    }
                ),
                (
                    "download \"/nowhere\" to \"\(folder)/x\": cat: /nowhere: No such file or directory",
                    {
                        try await connection.download(
                            "/nowhere",
                            to: folder + "/x",
                            timeout: .seconds(9)
                        )
                    }
                ),
                (
                    "download \"/tmp\" to \"\(folder)/x\": cat: /tmp: Is a directory",
                    {
                        try await connection.download(
                            "/tmp",
                            to: folder + "/x",
                            timeout: .seconds(9)
                        )
                    }
                ),
                (
                    "download \"/etc/hostname\" to \"/no/x\": cannot write the local file: no such file or directory",
                    {
                        try await connection.download(
                            "/etc/hostname",
                            to: "/no/x",
                            timeout: .seconds(9)
                        )
                    }
                ),
            ]
            for (text, call) in calls {
                let error = await #expect(throws: SSHError.self) {
                    try await call()
                }
                #expect(error?.description == "server-0: " + text)
            }
            let parts = try Self.parts(in: server.folder)
            #expect(parts == [])
        }
    }

    @Test("leave no part behind when an endless download is ended")
    func endless() async throws {
        try await LoopbackSSHD.connected { connection, server in
            let error = await #expect(throws: SSHError.self) {
                try await connection.download(
                    "/dev/zero",
                    to: server.folder.appending(path: "zero").path,
                    timeout: .milliseconds(300)
                )
            }
            #expect(error?.reason == .timedOut)
            let parts = try Self.parts(in: server.folder)
            #expect(parts == [])
        }
    }

    private static func parts(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".part") }
    }
}
