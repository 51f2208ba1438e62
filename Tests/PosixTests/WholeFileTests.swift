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
}
