import DeploymentState
import Shell
import Testing

@testable import Deployment

@Suite("A variant's commands")
struct VariantTests {
    private struct Failure: Error {}

    /// The commands that a node was told to run.
    private static func ran(_ remotes: [ScriptedRemote]) -> [String] {
        remotes.flatMap(\.called).filter { $0.input.hasPrefix("# run a variant's command") }
            .compactMap { call in
                if case .plain(let text) = call.command.words.last { text } else { nil }
            }
    }

    @Test("are taken back behind the work, whether it ends well or not, or is interrupted")
    func undone() async throws {
        try await withScripted(["server-0"]) { deployment, remotes in
            let value = try await deployment.undoing(["undo a", "undo b"]) {
                try await deployment.runCommands(["do"])
                return 7
            }
            #expect(value == 7)
            #expect(Self.ran(remotes) == ["do", "undo a", "undo b"])
        }
        try await withScripted(["server-0"]) { deployment, remotes in
            await #expect(throws: Failure.self) {
                try await deployment.undoing(["undo"]) { throw Failure() }
            }
            #expect(Self.ran(remotes) == ["undo"])
        }
        try await withScripted(["server-0"]) { deployment, remotes in
            let task = Task {
                try await deployment.undoing(["undo"]) {
                    withUnsafeCurrentTask { $0?.cancel() }
                    try Task.checkCancellation()
                }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(Self.ran(remotes) == ["undo"])
        }
    }

    @Test("that cannot be taken back end everything, since no later trial could be compared")
    func notUndone() async throws {
        try await withScripted(["server-0"]) { _, call in
            call.input.hasPrefix("# run a variant's command")
                ? RemoteResult(errors: "no such key\n", status: .exited(1)) : RemoteResult()
        } _: { deployment, _ in
            let error = await #expect(throws: UndoError.self) {
                try await deployment.undoing(["undo"]) { throw Failure() }
            }
            let text = try #require(error).description
            #expect(text.hasPrefix("a variant's commands are not undone, so no further "))
            #expect(text.contains("server-0: exit status 1 from: "))
            #expect(text.contains("no such key"))
        }
    }
}
