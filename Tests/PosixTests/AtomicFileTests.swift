import Glibc
import Posix
import TestSupport
import Testing

@Suite("A file that is written whole")
struct AtomicFileTests {
    @Test("replaces the old one with its own permissions, and leaves nothing beside it")
    func replace() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("old", to: "record")
        try AtomicFile.write(Array("new".utf8), to: path, mode: 0o600, durably: true)
        #expect(try folder.read("record") == "new")
        #expect(try folder.names() == ["record"])
        var facts = stat()
        #expect(stat(path, &facts) == 0)
        #expect(facts.st_mode & 0o777 == 0o600)
    }

    @Test("stays as it was if it cannot be replaced, and the error is the system's")
    func failure() throws {
        let folder = try TemporaryFolder()
        try folder.write("in the way", to: "record/inside")
        let error = #expect(throws: SystemError.self) {
            try AtomicFile.write([1], to: folder.path + "/record", mode: 0o600, durably: false)
        }
        #expect(error?.text == "is a directory")
        #expect(try folder.names() == ["record"])
    }

    @Test("in no directory fails with the system's words")
    func nowhere() {
        let error = #expect(throws: SystemError.self) {
            try AtomicFile.write([], to: "/nowhere/file", mode: 0o600, durably: true)
        }
        #expect(error?.code == ENOENT)
        #expect(error?.description == "no such file or directory")
    }
}
