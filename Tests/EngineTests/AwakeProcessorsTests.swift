import Foundation
import Posix
import TestSupport
import Testing

@testable import Engine

@Suite("AwakeProcessors", .timeLimit(.minutes(1)))
struct AwakeProcessorsTests {
    @Test("asks for a wait of 0 µs, as Linux reads it, for as long as it exists")
    func asks() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/latency"
        try Data().write(to: URL(filePath: path))
        do {
            let awake = try AwakeProcessors(path: path)
            #expect(openFiles(of: path) == 1)
            withExtendedLifetime(awake) {}
        }
        #expect(try [UInt8](Data(contentsOf: URL(filePath: path))) == [0, 0, 0, 0])
        #expect(openFiles(of: path) == 0)
    }

    @Test("what cannot be opened or written is an error, and leaves no file open")
    func refused() throws {
        #expect(throws: SystemError.self) { try AwakeProcessors(path: "/dev/none/latency") }
        #expect(throws: SystemError.self) { try AwakeProcessors(path: "/dev/full") }
        #expect(openFiles(of: "/dev/full") == 0)
    }

    private func openFiles(of path: String) -> Int {
        let folder = "/proc/self/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.count {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")) == path
        }
    }
}
