import Shell
import Testing

@testable import Deployment

@Suite("staging on a node")
struct StagingTests {
    private struct Broken: Error {}

    private static let path = "/tmp/prov-a1b2c3d4e5f6"

    private func remote(_ answer: String = path + "\n") throws -> ScriptedRemote {
        ScriptedRemote(try .made("client-0")) { call in
            RemoteResult(output: call.command.text.hasPrefix("mktemp") ? answer : "")
        }
    }

    @Test("is a new folder of the user's own, gone afterwards whatever comes of it")
    func folder() async throws {
        for fails in [false, true] {
            let remote = try remote()
            do {
                try await remote.withStaging { folder in
                    #expect(folder == Self.path)
                    if fails { throw Broken() }
                }
                #expect(!fails)
            } catch is Broken {
                #expect(fails)
            }
            #expect(
                remote.called.map(\.shown) == [
                    "mktemp --directory /tmp/prov-XXXXXXXXXXXX",
                    "sudo -n rm --recursive --force -- \(Self.path)",
                ]
            )
        }
    }

    @Test("removes nothing if the node names another path")
    func hostile() async throws {
        let remote = try remote("/\n")
        let error = await #expect(throws: BadStaging.self) { try await remote.withStaging { _ in } }
        #expect(error?.description.hasPrefix(#"mktemp printed "/" instead of a path"#) == true)
        #expect(remote.called.count == 1)
    }
}
