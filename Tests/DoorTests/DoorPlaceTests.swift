import Glibc
import Posix
import TestSupport
import Testing

@testable import Door

@Suite("Where a door is, and who is told")
struct DoorPlaceTests {
    @Test(
        "is an address of this machine, or of a private network, with a port",
        arguments: [
            ("127.0.0.1:9200", true), ("9200", true), ("127.0.0.2:0", true),
            ("10.0.0.7:9200", false),
            ("172.31.255.255:1", false), ("192.168.1.2:65535", false), ("198.18.0.2:9200", false),
        ]
    )
    func places(text: String, isLoopback: Bool) throws {
        let place = try DoorPlace(text)
        #expect(place.isLoopback == isLoopback)
        #expect(place.description == (text == "9200" ? "127.0.0.1:9200" : text))
        // A door that nobody asked for lets in its owner alone; one that others reach, whoever was told.
        #expect(place.needsToken(isAsked: false))
        #expect(place.needsToken(isAsked: true) == !isLoopback)
    }

    @Test(
        "is nowhere that the internet may reach, and nothing else",
        arguments: [
            "0.0.0.0:9200", "8.8.8.8:9200", "172.32.0.1:9200", "192.169.0.1:80", "128.0.0.1:80",
            "255.255.255.255:1", "localhost:9200", "[::1]:9200", "::1", "127.0.0.1", "127.0.0.1:",
            "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1:1:2", "127.1:80", "",
            "none",
        ]
    )
    func refused(text: String) { #expect(throws: DoorError.self) { try DoorPlace(text) } }

    @Test("tokens that are made differ, and one is equal to itself alone")
    func tokens() throws {
        let one = DoorToken()
        #expect(one.text.utf8.count == 64 && one != DoorToken())
        #expect(one.isEqual(to: one.text))
        #expect(!one.isEqual(to: one.text.dropLast() + "x"))
        #expect(!one.isEqual(to: one.text + "x") && !one.isEqual(to: ""))
        for text in ["", "short", "with a blank in it", "mit-Ümläuten-darin"] {
            #expect(DoorToken(text) == nil)
        }
    }

    @Test("a token's file is its owner's alone, and begins with a token")
    func tokenFiles() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("0123456789abcdef\nmore\n", to: "token")
        chmod(path, 0o644)
        let open = #expect(throws: DoorError.self) { try DoorToken(file: path) }
        #expect(open?.description == "\(path): others can read it: chmod 600 \(path)")
        chmod(path, 0o600)
        #expect(try DoorToken(file: path).text == "0123456789abcdef")
        let short = try folder.write("short\n", to: "short")
        chmod(short, 0o600)
        #expect(throws: DoorError.self) { try DoorToken(file: short) }
        #expect(throws: DoorError.self) { try DoorToken(file: folder.path) }
        let pipe = folder.path + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        let noFile = #expect(throws: DoorError.self) { try DoorToken(file: pipe) }
        #expect(noFile?.description == "\(pipe): it is no regular file")
        #expect(mkfifo(folder.path + "/door.json", 0o600) == 0)
        let noDoor = #expect(throws: DoorError.self) { try DoorFile.find(in: folder.path) }
        #expect(noDoor?.description == "\(folder.path)/door.json: it is no regular file")
    }

    @Test("a file of somebody else is not believed, and it is said whose it is")
    func foreign() {
        var info = stat()
        info.st_mode = S_IFREG | 0o600
        info.st_uid = 4_000_000
        let problem =
            "it belongs to user 4000000, who can read and change it; use a file of your own"
        #expect(DoorFile.Facts(info, of: "token", for: 1_000).problem == problem)
        #expect(DoorFile.Facts(info, of: "token", for: 4_000_000).problem == nil)
        info.st_uid = 0
        #expect(DoorFile.Facts(info, of: "token", for: 1_000).problem == nil)
    }

    @Test(
        "the file of a run's door says whether the run lives, and is believed only if it is one's own"
    )
    func files() throws {
        let folder = try TemporaryFolder()
        #expect(try DoorFile.find(in: folder.path) == nil)
        let content = DoorFile.Content(
            scenario: "chat",
            place: try DoorPlace("127.0.0.1:9200"),
            token: DoorToken()
        )
        let path = folder.path + "/door.json"
        do {
            let file = try DoorFile(in: folder.path, content)
            var info = stat()
            #expect(stat(path, &info) == 0 && info.st_mode & 0o777 == 0o600)
            let found = try #require(try DoorFile.find(in: folder.path))
            #expect(found.content == content && found.isOpen)
            // Never over another one.
            #expect(throws: SystemError.self) { try DoorFile(in: folder.path, content) }
            _ = file
        }
        // As after a kill: it is there, and nobody has its lock.
        #expect(try #require(try DoorFile.find(in: folder.path)).isOpen == false)
        chmod(path, 0o622)
        #expect(throws: DoorError.self) { try DoorFile.find(in: folder.path) }
        try folder.write("{\"scenario\": \"chat\", \"place\": \"8.8.8.8:80\"}", to: "door.json")
        chmod(path, 0o600)
        let lie = #expect(throws: DoorError.self) { try DoorFile.find(in: folder.path) }
        #expect(lie?.description == "\(path): it does not say where the run's door is")
    }
}
