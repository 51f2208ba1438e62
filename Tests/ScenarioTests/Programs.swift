import Foundation
import TestSupport

/// Programs that were built beside the tests.
enum Programs {
    private struct Missing: Error {
        let name: String
        let place: String
    }

    static func path(_ name: String) throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        // The tests run in the package's own test program, or inside of the system's runner.
        let built = Bundle.allBundles.map(\.bundlePath) + [own] + CommandLine.arguments
        for place in built {
            var folder = URL(filePath: place)
            for _ in 0..<3 {
                let program = folder.appending(path: name).path
                if FileManager.default.isExecutableFile(atPath: program) { return program }
                folder.deleteLastPathComponent()
            }
        }
        throw Missing(name: name, place: own)
    }

    /// A chat server on a free port.
    static func chatServer() async throws -> (process: ChildProcess, address: String) {
        let process = try ChildProcess([path("chat-server"), "--port", "0"])
        try await ChildProcess.waitFor("the chat server") { process.output.hasSuffix("\n") }
        let port = process.output.split(whereSeparator: \.isWhitespace).last ?? ""
        return (process, "127.0.0.1:\(port)")
    }
}
