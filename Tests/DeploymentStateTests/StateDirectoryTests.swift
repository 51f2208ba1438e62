import Glibc
import Testing

@testable import DeploymentState

@Suite("StateDirectory")
struct StateDirectoryTests {
    /// Makes a deployment in `parent`.
    @discardableResult
    private func make(
        _ name: String,
        in parent: String,
        status: DeploymentRecord.Status = .ready
    ) throws -> StateFiles {
        let files = StateFiles("\(parent)/\(name)")
        try Files.makeDirectory(files.path)
        try Fixture.record(name, status: status).write(to: files.record)
        let inventory = Inventory(try Fixture.nodes())
        try Files.write(
            inventory.ini(identityFile: files.identity, knownHostsFile: files.knownHosts),
            to: files.inventory
        )
        return files
    }

    private func failure(_ name: String, in directory: String, home: String? = nil) -> String? {
        let error = #expect(throws: InventoryError.self) {
            try StateDirectory.open(name, in: directory, home: home)
        }
        return error?.description
    }

    @Test("reads what was written")
    func roundTrip() throws {
        try withTemporaryDirectory { parent in
            try make("4504", in: parent)
            let directory = try StateDirectory.open("4504", in: parent, home: nil)
            var expected = Fixture.record("4504", status: .ready)
            expected.settle(in: directory.files)
            #expect(directory.record == expected)
            // Records of old learn where they are.
            #expect(try DeploymentRecord(file: directory.files.record) == expected)
            #expect(directory.inventory == Inventory(try Fixture.nodes()))
            #expect(directory.identityFile == "\(parent)/4504/id_ed25519")
            #expect(directory.knownHostsFile == "\(parent)/4504/known_hosts")
            #expect(try directory.node("server-2").privateIP == "10.0.0.4")
        }
    }

    @Test("a record's times are whole seconds, also where somebody wrote others")
    func wholeSeconds() throws {
        try withTemporaryDirectory { parent in
            let file = "\(parent)/deployment.json"
            try Fixture.record("4504", status: .ready).write(to: file)
            let written = try DeploymentRecord(file: file)
            let text = try Files.read(file).replacing(#/(?<before>"createdAt" : "[^"]*)Z"/#) {
                "\($0.before).9Z\""
            }
            try Files.write(text, to: file)
            #expect(try Files.read(file).contains(".9Z"))
            #expect(try DeploymentRecord(file: file) == written)
        }
    }

    @Test("finds a deployment by path, by name here, and by name at home, in this order")
    func places() throws {
        try withTemporaryDirectory { parent in
            let (here, home) = ("\(parent)/here", "\(parent)/home")
            for path in [here, home] { try Files.makeDirectory(path) }
            try make("both", in: here)
            try make("both", in: home)
            try make("away", in: home)
            #expect(try StateDirectory.open("both", in: here, home: home).path == "\(here)/both")
            #expect(try StateDirectory.open("away", in: here, home: home).path == "\(home)/away")
            let path = try StateDirectory.open("../home/both/", in: here, home: nil).path
            #expect(path == "\(home)/both")
        }
    }

    @Test("says what is wrong and what to do")
    func errors() throws {
        try withTemporaryDirectory { parent in
            try make("4504", in: parent)
            try make("half", in: parent, status: .partial)
            try Files.makeDirectory("\(parent)/other")
            try Files.makeDirectory("\(parent)/home")
            #expect(
                failure("4505", in: parent, home: "\(parent)/home")
                    == "no deployment \"4505\" in \(parent) and \(parent)/home "
                    + "(did you mean \"4504\"?); \"prov list\" shows what there is"
            )
            #expect(
                failure("4505", in: parent, home: "\(parent)/./home/..")
                    == "no deployment \"4505\" in \(parent) "
                    + "(did you mean \"4504\"?); \"prov list\" shows what there is"
            )
            #expect(
                failure("other", in: parent)
                    == "\(parent)/other: an existing directory that is no deployment"
            )
            #expect(
                failure("half", in: parent)
                    == "half: the deployment is \"partial\", not \"ready\"; "
                    + "run \"prov provision\" again, or \"prov deprovision half\""
            )
            try Files.write("{", to: "\(parent)/4504/deployment.json")
            #expect(
                failure("4504", in: parent)?
                    .hasPrefix("\(parent)/4504/deployment.json: no record of a deployment") == true
            )
        }
    }

    @Test("refuses a directory whose name is not its deployment's, such as a copy's")
    func copies() throws {
        try withTemporaryDirectory { parent in
            let files = try make("d1", in: parent)
            #expect(rename(files.path, "\(parent)/d2") == 0)
            #expect(
                failure("d2", in: parent)
                    == "\(parent)/d2: holds the deployment \"d1\" under another name; if it was "
                    + "renamed, name it \"d1\" again; if it is a copy, remove it with rm -r"
            )
        }
    }

    @Test("refuses a copy while its original stands, and takes one that was moved")
    func copiesOfTheSameName() throws {
        try withTemporaryDirectory { parent in
            let files = try make("d1", in: parent)
            let elsewhere = "\(parent)/backup"
            try Files.makeDirectory(elsewhere)
            try Files.makeDirectory("\(elsewhere)/d1")
            let copy = StateFiles("\(elsewhere)/d1")
            var record = try DeploymentRecord(of: files)
            #expect(record.directory == files.path)
            try record.write(to: files.record)
            try record.write(to: copy.record)
            try Files.write("", to: copy.inventory)
            #expect(
                failure("d1", in: elsewhere)
                    == "\(copy.path): a copy of \(files.path), which still stands: work on that one; "
                    + "remove the copy with rm -r, or the other one if it is the copy"
            )
            #expect(try StateDirectory.open("d1", in: parent, home: nil).path == files.path)
            // Another way to the same directory is no copy.
            #expect(symlink(parent, "\(parent)/link") == 0)
            _ = try StateDirectory.open("d1", in: "\(parent)/link", home: nil)
            // Where the original is not to be seen, somebody must say that there is none.
            for reason in ["truncated", "writable"] {
                if reason == "truncated" {
                    try Files.write("{", to: files.record)
                } else {
                    try record.write(to: files.record)
                    chmod(files.record, 0o620)
                }
                let says =
                    "\(copy.path): may be a copy of \(files.path), where its record was last written"
                #expect(failure("d1", in: elsewhere)?.hasPrefix(says) == true)
            }
            let id = record.id
            record.id = "00000000"
            try record.write(to: files.record)
            record.id = id
            let says =
                "\(copy.path): not the directory in which its record was last written (\(files.path), "
            #expect(failure("d1", in: elsewhere)?.hasPrefix(says) == true)
            try Files.remove(files.path)
            #expect(failure("d1", in: elsewhere)?.hasPrefix(says) == true)
            let remedy = "say so: \"prov status \(copy.path) --moved\""
            #expect(failure("d1", in: elsewhere)?.contains(remedy) == true)
            try copy.claim()
            #expect(try StateDirectory.open("d1", in: elsewhere, home: nil).path == copy.path)
            #expect(try DeploymentRecord(file: copy.record).mark == DirectoryMark(copy.path))
        }
    }

    @Test("follows a directory that was moved, and the files that name it follow too")
    func moved() throws {
        try withTemporaryDirectory { parent in
            for folder in ["a", "b"] { try Files.makeDirectory("\(parent)/\(folder)") }
            let old = try make("d1", in: "\(parent)/a")
            let line = { (files: StateFiles) in
                "    IdentityFile \"\(files.identity)\"\n    ProxyJump j\n"
            }
            try Files.write(line(old), to: old.sshConfig)
            // By a link, which is no other place.
            #expect(symlink("\(parent)/a", "\(parent)/link") == 0)
            _ = try StateDirectory.open("d1", in: "\(parent)/link", home: nil)
            #expect(try DeploymentRecord(file: old.record).directory == old.path)
            let new = StateFiles("\(parent)/b/d1")
            #expect(rename(old.path, new.path) == 0)
            // What now stands in the old place is the copy.
            try Files.makeDirectory(old.path)
            try Files.write(try Files.read(new.record), to: old.record)
            #expect(
                failure("d1", in: "\(parent)/a")?.contains("another one, in this place") == true
            )
            let found = try StateDirectory.open("d1", in: "\(parent)/b", home: nil)
            #expect(try DeploymentRecord(file: new.record) == found.record)
            #expect(found.record.directory == new.path)
            #expect(try Files.read(new.sshConfig) == line(new))
            let inventory = Inventory(try Fixture.nodes())
            #expect(
                try Files.read(new.inventory)
                    == inventory.ini(identityFile: new.identity, knownHostsFile: new.knownHosts)
            )
            #expect(
                failure("d1", in: "\(parent)/a")?.contains("another one, in this place") == true
            )
        }
    }

    @Test("a moved path is written as each file writes it, and once")
    func movedText() {
        let cases = [
            ("File \"/a/d/id\"", "/a/d", "/a/d/d", "File \"/a/d/d/id\""),
            ("File \"/1%%/d/id\"", "/1%/d", "/b/d", "File \"/b/d/id\""),
            ("f=/b/d/id", "/b/d", "/1%/d", "f=/1%/d/id"),
            ("f='/a b/d/id'", "/a b/d", "/c/d", "f='/c/d/id'"),
            ("File \"/x/a/d/id\"", "/a/d", "/c/d", "File \"/x/a/d/id\""),
            ("File \"/a/dd/id\"", "/a/d", "/c/d", "File \"/a/dd/id\""),
        ]
        for (text, old, new, expected) in cases {
            #expect(StateFiles.moved(text, from: old, to: new) == expected)
        }
    }

    @Test("lists the deployments of a directory and nothing else")
    func list() throws {
        try withTemporaryDirectory { parent in
            try make("b", in: parent)
            try make("a", in: parent, status: .destroying)
            try Files.makeDirectory("\(parent)/other")
            #expect(StateDirectory.names(in: parent) == ["a", "b"])
            #expect(StateDirectory.names(in: "\(parent)/none") == [])
        }
    }
}

@Suite("Files")
struct FilesTests {
    @Test("writes files that only their owner may read, and leaves nothing else behind")
    func modes() throws {
        try withTemporaryDirectory { parent in
            try Files.makeDirectory("\(parent)/d")
            try Files.write("one", to: "\(parent)/d/f")
            try Files.write("two", to: "\(parent)/d/f")
            var info = stat()
            #expect(stat("\(parent)/d", &info) == 0 && info.st_mode & 0o777 == 0o700)
            #expect(stat("\(parent)/d/f", &info) == 0 && info.st_mode & 0o777 == 0o600)
            #expect(try Files.list("\(parent)/d") == ["f"])
            #expect(try Files.read("\(parent)/d/f") == "two")
        }
    }

    @Test("removes trees, and follows no link out of them")
    func remove() throws {
        try withTemporaryDirectory { parent in
            try Files.makeDirectory("\(parent)/keep")
            try Files.write("x", to: "\(parent)/keep/f")
            try Files.makeDirectory("\(parent)/d")
            #expect(symlink("\(parent)/keep", "\(parent)/d/link") == 0)
            try Files.remove("\(parent)/d")
            try Files.remove("\(parent)/d")
            #expect(try Files.list(parent) == ["keep"])
            #expect(try Files.list("\(parent)/keep") == ["f"])
        }
    }

    @Test("names the file and the system's reason when it cannot")
    func errors() throws {
        try withTemporaryDirectory { parent in
            let read = #expect(throws: InventoryError.self) { try Files.read("\(parent)/f") }
            #expect(
                read?.description
                    == "\(parent)/f: cannot be read: no such file or directory"
            )
            let write = #expect(throws: InventoryError.self) {
                try Files.write("x", to: "\(parent)/no/f")
            }
            #expect(
                write?.description
                    == "\(parent)/no/f: cannot be written: no such file or directory"
            )
        }
    }

    @Test(
        "makes paths absolute",
        arguments: [
            ("a", "/x/a"), ("./a/", "/x/a"), ("../a", "/a"), ("/b//c/.", "/b/c"), (".", "/x"),
            ("../../..", "/"),
        ]
    )
    func absolute(path: String, expected: String) {
        #expect(Files.absolute(path, in: "/x") == expected)
    }
}
