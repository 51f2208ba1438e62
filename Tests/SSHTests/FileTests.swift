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
            try await connection.download(
                remote,
                to: copy.path,
                timeout: .seconds(60),
                limit: 64 << 20
            )
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
                            timeout: .seconds(9),
                            limit: 1 << 20
                        )
                    }
                ),
                (
                    "download \"/tmp\" to \"\(folder)/x\": is a directory, not a regular file",
                    {
                        try await connection.download(
                            "/tmp",
                            to: folder + "/x",
                            timeout: .seconds(9),
                            limit: 1 << 20
                        )
                    }
                ),
                (
                    "download \"/etc/hostname\" to \"/no/x\": cannot write the local file: no such file or directory",
                    {
                        try await connection.download(
                            "/etc/hostname",
                            to: "/no/x",
                            timeout: .seconds(9),
                            limit: 1 << 20
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

    @Test(
        "are regular ones: a link, a pipe and a device are refused, and said",
        arguments: [
            ("ln -s /dev/zero", "a symbolic link"), ("ln -s /nowhere", "a symbolic link"),
            ("mkfifo", "a pipe, a socket or a device"),
            ("cp --archive /dev/zero", "a pipe, a socket or a device"),
        ]
    )
    func regular(make: String, kind: String) async throws {
        try await LoopbackSSHD.connected { connection, server in
            let remote = server.folder.appending(path: "output.log").path
            let made = try await connection.execute("\(make) \(remote)", timeout: .seconds(20))
            try #require(made.status == .exited(0), "\(made.errorText)")
            let local = server.folder.appending(path: "copy").path
            let error = await #expect(throws: SSHError.self) {
                try await connection.download(
                    remote,
                    to: local,
                    timeout: .seconds(20),
                    limit: 1 << 20
                )
            }
            #expect(
                error?.description
                    == "server-0: download \"\(remote)\" to \"\(local)\": is \(kind), not a regular file"
            )
            #expect(!FileManager.default.fileExists(atPath: local))
        }
    }

    @Test("show no part of themselves while they come, and none is left when that is cancelled")
    func cancelled() async throws {
        try await LoopbackSSHD.connected { connection, server in
            let remote = try Self.endless(in: server.folder)
            let folder = server.folder.appending(path: "local")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            await withTaskGroup(of: SSHError?.self) { group in
                group.addTask {
                    await #expect(throws: SSHError.self) {
                        try await connection.download(
                            remote,
                            to: folder.appending(path: "file").path,
                            timeout: .seconds(100),
                            limit: 1 << 40
                        )
                    }
                }
                // It has come to some size, so it has a part that a kill would leave.
                await waitUntil { Self.openSizes(in: folder).contains { $0 > 0 } }
                // Where a kill would leave it, if it had a name.
                let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
                #expect(names == [])
                group.cancelAll()
                for await error in group { #expect(error?.reason == .cancelled) }
            }
            await waitUntil { Self.openSizes(in: folder).isEmpty }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        }
    }

    @Test("leave no part behind when an endless download is ended")
    func endless() async throws {
        try await LoopbackSSHD.connected { connection, server in
            let remote = try Self.endless(in: server.folder)
            let folder = server.folder.appending(path: "local")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let error = await #expect(throws: SSHError.self) {
                try await connection.download(
                    remote,
                    to: folder.appending(path: "zero").path,
                    timeout: .milliseconds(300),
                    limit: 1 << 40
                )
            }
            #expect(error?.reason == .timedOut)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        }
    }

    /// Makes a file of a TiB that takes no room; nobody waits for its end.
    static func endless(in folder: URL) throws -> String {
        let path = folder.appending(path: "endless").path
        try #require(FileManager.default.createFile(atPath: path, contents: nil))
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.truncate(atOffset: 1 << 40)
        try file.close()
        return path
    }

    /// The sizes of the files of a folder that this process has open, with a name or without.
    private static func openSizes(in folder: URL) -> [Int] {
        let files = FileManager.default
        let numbers = (try? files.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return numbers.compactMap { number in
            let path = "/proc/self/fd/\(number)"
            var facts = stat()
            // Others close theirs meanwhile.
            guard let name = try? files.destinationOfSymbolicLink(atPath: path),
                name.hasPrefix(folder.path + "/"), stat(path, &facts) == 0
            else { return nil }
            return Int(facts.st_size)
        }
    }

    private static func parts(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".part") }
    }
}
