import Door
import TestSupport
import Testing

@testable import Control

@Suite("The run that bench control is told")
struct RunAddressTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open(_ trial: String, _ scenario: String, port: UInt16) throws -> DoorFile {
        try folder.write("", to: "trials/\(trial)/measures.hdr")
        return try DoorFile(
            in: "\(folder.path)/trials/\(trial)",
            .init(scenario: scenario, place: DoorPlace("127.0.0.1:\(port)"), token: DoorToken())
        )
    }

    private func find(_ name: String) throws -> RunAddress {
        try RunAddress(name, tokenFile: nil, in: folder.path)
    }

    @Test("is an address, with no token unless one is given")
    func address() throws {
        let run = try find("127.0.0.1:9200")
        #expect(run.address == "127.0.0.1:9200" && run.token == nil)
    }

    @Test("is the one of that scenario that lives, with its token; or that of a trial's directory")
    func names() throws {
        let chat = try open("chat-2", "chat", port: 1)
        let shop = try open("chat-shop-1", "shop", port: 2)
        // What a killed run has left has no lock.
        do { _ = try open("chat-1", "chat", port: 3) }
        #expect(try find("chat").address == "127.0.0.1:1")
        #expect(try find("chat").token != nil)
        #expect(try find("shop").address == "127.0.0.1:2")
        #expect(try find("\(folder.path)/trials/chat-shop-1").address == "127.0.0.1:2")
        let old = "\(folder.path)/trials/chat-1"
        #expect(throws: RunAddressError.closed(old)) { try find(old) }
        let unknown = #expect(throws: RunAddressError.self) { try find("chad") }
        #expect(
            unknown?.description
                == "no run of \"chad\" is under way with its trial in trials/ (did you mean \"chat\"?)"
                + "; name its trial's directory, or HOST:PORT of its door"
        )
        let second = try open("chat-3", "chat", port: 4)
        #expect(
            throws: RunAddressError.several("chat", trials: ["trials/chat-2", "trials/chat-3"])
        ) { try find("chat") }
        chat.remove()
        #expect(try find("chat").address == "127.0.0.1:4")
        _ = (shop, second)
    }

    @Test("is none where there are no trials")
    func nothing() throws {
        #expect(throws: RunAddressError.none("chat", open: [])) { try find("chat") }
    }
}
