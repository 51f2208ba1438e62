import DeploymentState
import Foundation
import SSH
import TestSupport
import Testing

@testable import Deployment

@Suite("both ways to a node: files", .timeLimit(.minutes(3)))
struct BothWaysFilesTests {
    @Test("arrive unchanged, whatever they are called", arguments: Way.allCases)
    func roundTrip(way: Way) async throws {
        try await LoopbackSSHD.reached(way) { remote, server in
            let folder = server.folder
            let (source, copy) = (folder.appending(path: "source"), folder.appending(path: "copy"))
            var generator = SeededGenerator(seed: 8)
            let bytes = (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
            for (count, name) in [
                (0, "empty"), (1, "-n"), (1, "it's a \"name\" with $HOME `x` \\ ü *"),
                (300, "large"),
            ] {
                var data = Data()
                for _ in 0..<count { data += bytes }
                try data.write(to: source)
                let path = folder.appending(path: name).path
                try await remote.upload(source.path, to: path, mode: 0o751)
                try await remote.download(path, to: copy.path, limit: data.count)
                #expect(try Data(contentsOf: copy) == data)
                let facts = try FileManager.default.attributesOfItem(atPath: path)
                #expect(facts[.posixPermissions] as? Int == 0o751)
            }
            #expect(try Self.parts(in: folder) == [])
        }
    }

    @Test("name both paths and the reason when they cannot be copied", arguments: Way.allCases)
    func faults(way: Way) async throws {
        try await LoopbackSSHD.reached(way) { remote, server in
            let folder = server.folder.path
            try Data("x".utf8).write(to: server.folder.appending(path: "here"))
            let uploads = [
                ("/nowhere", "x", "cannot read the local file: no such file or directory"),
                ("/tmp", "x", "cannot read the local file: is not a regular file"),
                (folder + "/here", "/tmp", "is a directory"),
            ]
            for (file, path, problem) in uploads {
                let error = await #expect(throws: SSHError.self) {
                    try await remote.upload(file, to: path, mode: 0o644)
                }
                #expect(
                    error?.description == "server-0: upload \"\(file)\" to \"\(path)\": \(problem)"
                )
            }
            let downloads = [
                ("/nowhere", "x", "cat: /nowhere: No such file or directory"),
                ("/tmp", "x", "is a directory, not a regular file"),
                ("/etc/hostname", "no/x", "cannot write the local file: no such file or directory"),
            ]
            for (path, name, problem) in downloads {
                let file = "\(folder)/\(name)"
                let error = await #expect(throws: SSHError.self) {
                    try await remote.download(path, to: file, limit: 1 << 20)
                }
                #expect(
                    error?.description
                        == "server-0: download \"\(path)\" to \"\(file)\": \(problem)"
                )
            }
            #expect(try Self.parts(in: server.folder) == [])
        }
    }

    @Test(
        "leave nothing here when they are too large or the download is cancelled",
        arguments: Way.allCases
    )
    func limits(way: Way) async throws {
        try await LoopbackSSHD.reached(way) { remote, server in
            let folder = server.folder.appending(path: "local")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let file = folder.appending(path: "file").path
            let endless = server.folder.appending(path: "endless").path
            try LoopbackSSHD.run("truncate", "--size", "1T", endless)
            let error = await #expect(throws: SSHError.self) {
                try await remote.download(endless, to: file, limit: 1 << 20)
            }
            #expect(
                error?.description == "server-0: download \"\(endless)\" to \"\(file)\": "
                    + "wrote more than 1048576 bytes and was ended"
            )
            await withTaskGroup(of: SSHError?.self) { group in
                group.addTask {
                    await #expect(throws: SSHError.self) {
                        try await remote.download(endless, to: file, limit: 1 << 40)
                    }
                }
                await waitUntil { !running("cat -- \(endless)").isEmpty }
                group.cancelAll()
                for await error in group { #expect(error?.reason == .cancelled) }
            }
            #expect(running(endless) == [])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        }
    }

    @Test("the old one stays when an upload is cut off", arguments: Way.allCases)
    func cut(way: Way) async throws {
        try await LoopbackSSHD.reached(way) { remote, server in
            let path = server.folder.appending(path: "remote").path
            try Files.write("old", to: path)
            let source = server.folder.appending(path: "source").path
            try LoopbackSSHD.run("truncate", "--size", "8G", source)
            await withTaskGroup(of: SSHError?.self) { group in
                group.addTask {
                    await #expect(throws: SSHError.self) {
                        try await remote.upload(source, to: path, mode: 0o644)
                    }
                }
                await waitUntil { (try? Self.parts(in: server.folder)) != [] }
                server.signalConnections(SIGKILL)
                for await error in group { #expect(error?.reason == .disconnected) }
            }
            #expect(try Files.read(path) == "old")
            try await waitUntil { try Self.parts(in: server.folder) == [] }
        }
    }

    @Test(
        "go to where only root may write, and come from where only root may read",
        arguments: Way.allCases
    )
    func root(way: Way) async throws {
        try await LoopbackSSHD.reached(way) { remote, server in
            let state = try StateDirectory.open(server.folder.appending(path: "demo").path)
            let deployment = Deployment(
                state: state,
                system: RedisCluster(),
                nodes: [remote.node],
                remotes: [remote],
                progress: Progress(isTerminal: false) { _ in }
            )
            let folder = server.folder.path
            try Files.write("text\n", to: folder + "/source")
            let place = folder + "/etc/deep/file"
            try await deployment.upload(
                folder + "/source",
                to: place,
                on: [remote.node],
                mode: 0o640,
                owner: "daemon:daemon"
            )
            let facts = try FileManager.default.attributesOfItem(atPath: place)
            #expect(facts[.posixPermissions] as? Int == 0o640)
            #expect(facts[.ownerAccountName] as? String == "daemon")
            let local = try await deployment.collect(
                folder + "/et[c]",
                from: [remote.node],
                into: folder + "/collected"
            )
            #expect(try Files.read("\(local[remote.node] ?? "")/etc/deep/file") == "text\n")
        }
    }

    private static func parts(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".part") }
    }
}
