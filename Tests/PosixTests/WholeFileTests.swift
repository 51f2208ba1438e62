import Foundation
import Posix
import TestSupport
import Testing

@Suite("A file that appears whole")
struct WholeFileTests {
    @Test("that cannot be written leaves no part of it, and an older one whole")
    func whole() throws {
        let folder = try TemporaryFolder()
        try folder.write("in the way", to: "page.html/inside")
        let error = #expect(throws: SystemError.self) {
            try WholeFile.write(Array("new".utf8), to: folder.path + "/page.html")
        }
        #expect(error?.text == "is a directory")
        #expect(throws: SystemError.self) {
            try WholeFile.write(Array("new".utf8), to: folder.path + "/no/page.html")
        }
        #expect(try folder.names() == ["page.html"])
        try WholeFile.write(Array("old".utf8), to: folder.path + "/other.html")
        try WholeFile.write(Array("new".utf8), to: folder.path + "/other.html")
        #expect(try folder.read("other.html") == "new")
        #expect(try folder.names() == ["other.html", "page.html"])
    }

    @Test("is its owner's alone, whatever was there, and takes no name from a pipe")
    func owner() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("old", to: "page.html")
        try #require(chmod(path, 0o644) == 0)
        try WholeFile.write(Array("new".utf8), to: path)
        var facts = stat()
        try #require(stat(path, &facts) == 0)
        #expect(facts.st_mode & 0o777 == 0o600)
        let pipe = folder.path + "/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        #expect(throws: SystemError.self) { try WholeFile.write([1], to: pipe) }
        #expect(try folder.names() == ["page.html", "pipe"])
    }

    @Test("written piece by piece is whole, and nothing is left where a piece fails")
    func pieces() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/log"
        try WholeFile.write(to: path) { append in
            try append(Array("one ".utf8))
            try append(Array("two".utf8))
        }
        #expect(try folder.read("log") == "one two")
        #expect(throws: CancellationError.self) {
            try WholeFile.write(to: path) { append in
                try append(Array("three".utf8))
                throw CancellationError()
            }
        }
        #expect(try folder.read("log") == "one two")
        #expect(try folder.names() == ["log"])
    }
}
