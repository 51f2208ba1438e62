import DeploymentState
import Foundation
import Shell
import Testing

@testable import Deployment

/// Remote shell texts as they are sent, each in a file of `Golden`; RECORD=1 writes them.
enum Golden {
    /// Compares a call's text with a file's, whole.
    static func expect(
        _ call: RemoteCall?,
        is name: String,
        _ words: String = "",
        at place: SourceLocation = #_sourceLocation
    ) throws {
        let call = try #require(call, sourceLocation: place)
        try expect(text: call.input, is: name, at: place)
        let shell = "sudo -n bash -euo pipefail -s --"
        #expect(
            call.command.text == (words.isEmpty ? shell : "\(shell) \(words)"),
            sourceLocation: place
        )
    }

    /// Compares a text with a file's, whole.
    static func expect(
        text: String,
        is name: String,
        at place: SourceLocation = #_sourceLocation
    ) throws {
        let path = Files.split(#filePath).directory + "/Golden/\(name)"
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            try Files.write(text + "\n", to: path, mode: 0o644)
        }
        let golden = try Files.read(path).trimmingCharacters(in: .newlines)
        #expect(text == golden, sourceLocation: place)
    }
}
