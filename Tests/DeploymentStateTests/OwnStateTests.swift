import Glibc
import Testing

@testable import DeploymentState

@Suite("A state directory is obeyed only if nobody else can have written it")
struct OwnStateTests {
    /// Makes the deployment `demo`, which is sound, and removes it.
    private func withDeployment(_ body: (_ parent: String, StateFiles) throws -> Void) throws {
        try withTemporaryDirectory { parent in
            let files = StateFiles("\(parent)/demo")
            try Files.makeDirectory(files.path)
            try Fixture.record("demo", status: .ready).write(to: files.record)
            let inventory = Inventory(try Fixture.nodes())
            try Files.write(
                inventory.ini(identityFile: files.identity, knownHostsFile: files.knownHosts),
                to: files.inventory
            )
            try body(parent, files)
        }
    }

    /// What each way to a deployment says; `nil` for one that lets it pass.
    private func refusals(_ parent: String, _ files: StateFiles) -> [InventoryError?] {
        func error(_ body: () throws(InventoryError) -> Void) -> InventoryError? {
            do {
                try body()
                return nil
            } catch {
                return error
            }
        }
        return [
            error { () throws(InventoryError) in
                _ = try StateDirectory.open("demo", in: parent, home: nil)
            },
            error { () throws(InventoryError) in
                _ = try StateDirectory.find("demo", in: "/", home: parent)
            },
            error { () throws(InventoryError) in
                _ = try StateDirectory.locate("demo", in: parent, home: nil)
            },
            error { () throws(InventoryError) in _ = try StateDirectory(files) },
            error { () throws(InventoryError) in _ = try DeploymentRecord(of: files) },
            error { () throws(InventoryError) in
                _ = try DeploymentLock(files, command: "c", makesDirectory: true) { _ in }
            },
        ]
    }

    @Test("another user's directory is refused, with whose it is and the remedy; root's too")
    func owner() throws {
        try withDeployment { _, files in
            let me = getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? ""
            let other = geteuid() + 424_242
            let error = #expect(throws: InventoryError.self) { try files.requireOwn(by: other) }
            #expect(
                error?.description
                    == "\(files.path): belongs to \(me), and what it names would run as \(other); "
                    + "work on it as \(me), or, after a look at all that is in it, "
                    + "\"chown -R \(other) \(files.path)\"; $PROV_HOME may name a directory for "
                    + "deployments of your own"
            )
            try files.requireOwn(by: geteuid())
            let root = StateFiles("/usr")
            #expect(throws: InventoryError.self) { try root.requireOwn(by: other) }
        }
    }

    @Test("what leads to one's own directory counts by who made the link")
    func link() throws {
        try withDeployment { parent, files in
            let link = StateFiles("\(parent)/link")
            try #require(symlink(files.path, link.path) == 0)
            try link.requireOwn(by: geteuid())
            let error = #expect(throws: InventoryError.self) {
                try link.requireOwn(by: geteuid() + 424_242)
            }
            #expect(error?.description.hasPrefix("\(link.path): belongs to ") == true)
        }
    }

    @Test("a directory into which others may write is refused by every way to it")
    func writable() throws {
        for mode: mode_t in [0o720, 0o702, 0o777] {
            try withDeployment { parent, files in
                #expect(refusals(parent, files) == [nil, nil, nil, nil, nil, nil])
                chmod(files.path, mode)
                let me = getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? ""
                let error = InventoryError.writableByOthers(
                    path: files.path,
                    mode: UInt32(mode),
                    user: me
                )
                #expect(refusals(parent, files) == Array(repeating: error, count: 6))
                #expect(error.description.hasSuffix("\"chmod go-w \(files.path)\""))
            }
        }
    }

    @Test("so is a record that others may write, though they cannot make another")
    func writableRecord() throws {
        try withDeployment { _, files in
            chmod(files.record, 0o620)
            #expect(throws: InventoryError.self) { try StateDirectory(files) }
        }
    }

    @Test(
        "a pipe, a link or what has no end is no record and no inventory, and is not waited for",
        arguments: ["deployment.json", "inventory"]
    )
    func noFile(name: String) throws {
        try withDeployment { _, files in
            let path = "\(files.path)/\(name)"
            func fault() -> String? {
                let error = #expect(throws: InventoryError.self) { try StateDirectory(files) }
                return error?.description
            }
            let kept = "\(files.path)/kept"
            try Files.move(path, to: kept)
            try #require(symlink(kept, path) == 0)
            #expect(
                fault() == "\(path): cannot be read: a link, which prov does not make (remove it)"
            )
            try Files.remove(path)
            try #require(mkfifo(path, 0o600) == 0)
            #expect(fault() == "\(path): cannot be read: no regular file (remove it)")
            try Files.remove(path)
            try Files.write("", to: path)
            try #require(truncate(path, 5 << 20) == 0)
            #expect(fault() == "\(path): cannot be read: larger than 4 MiB")
        }
    }

    @Test("a lock that is a link empties no file, and one that is a pipe keeps nobody waiting")
    func lock() throws {
        try withDeployment { parent, files in
            func fault() -> String? {
                let error = #expect(throws: InventoryError.self) {
                    _ = try DeploymentLock(files, command: "c") { Issue.record("\($0)") }
                }
                return error?.description
            }
            let precious = "\(parent)/precious"
            try Files.write("precious data\n", to: precious)
            try #require(symlink(precious, files.lock) == 0)
            #expect(
                fault()
                    == "\(files.lock): cannot be read: a link, which prov does not make (remove it)"
            )
            #expect(DeploymentLock.holder(files) == nil)
            #expect(try Files.read(precious) == "precious data\n")
            try Files.remove(files.lock)
            try #require(mkfifo(files.lock, 0o600) == 0)
            #expect(fault() == "\(files.lock): cannot be read: no regular file (remove it)")
            #expect(DeploymentLock.holder(files) == nil)
            #expect(!DeploymentLock.isHeld(files))
        }
    }

    @Test("no file is read that may have no end")
    func noEnd() throws {
        try withTemporaryDirectory { folder in
            let pipe = "\(folder)/pipe"
            try #require(mkfifo(pipe, 0o600) == 0)
            for path in ["/dev/zero", pipe] {
                #expect(throws: InventoryError.unreadable(path: path, reason: "no regular file")) {
                    try Files.bytes(of: path)
                }
            }
            let large = "\(folder)/large"
            try Files.write("", to: large)
            try #require(truncate(large, 257 << 20) == 0)
            #expect(
                throws: InventoryError.unreadable(path: large, reason: "larger than 256 MiB")
            ) {
                try Files.bytes(of: large)
            }
        }
    }
}
