import DeploymentState
import Synchronization
import Testing

@testable import Deployment

@Suite("A step that is repeated where it failed")
struct FanOutRetryTests {
    private struct Down: Error, CustomStringConvertible { let description = "down" }

    /// Calls a step on three nodes, of which `b` fails so many times.
    private func run(
        failing times: Int,
        _ retry: FanOutRetry?,
        in order: FanOutOrder = .parallel
    ) async -> (calls: [String: Int], error: String?) {
        let calls = Mutex<[String: Int]>([:])
        do {
            let remotes = try ["a-0", "b-0", "c-0"].map { ScriptedRemote(try .made($0)) }
            let values = try await FanOutRetry.$current.withValue(retry) {
                try await FanOut.run(over: remotes, in: order) { remote in
                    let count = calls.withLock { calls in
                        calls[remote.node.name, default: 0] += 1
                        return calls[remote.node.name] ?? 0
                    }
                    #expect(
                        FanOutRetry.current == nil,
                        "a step within a step would be repeated too"
                    )
                    if remote.node.name == "b-0", count <= times { throw Down() }
                    return count
                }
            }
            #expect(values.count == 3)
            return (calls.withLock { $0 }, nil)
        } catch { return (calls.withLock { $0 }, "\(error)") }
    }

    @Test("is done again on the nodes where it failed alone, and goes on when it succeeds there")
    func repeated() async {
        let said = Mutex<[String]>([])
        let once = FanOutRetry.once { text in said.withLock { $0.append(text) } }
        let (calls, error) = await run(failing: 1, once)
        #expect(calls == ["a-0": 1, "b-0": 2, "c-0": 1])
        #expect(error == nil)
        #expect(said.withLock { $0 } == ["1 of 3 nodes failed\nb-0: down\nagain on b-0"])
        // one after another: what comes behind the failure is done then
        let sequence = await run(failing: 1, once, in: .sequence)
        #expect(sequence.calls == ["a-0": 1, "b-0": 2, "c-0": 1])
        #expect(sequence.error == nil)
    }

    @Test("fails with what failed last, once by itself, and as before where nobody asked for it")
    func once() async {
        let twice = await run(failing: 2, .once { _ in })
        #expect(twice.calls == ["a-0": 1, "b-0": 2, "c-0": 1])
        #expect(twice.error == "1 of 3 nodes failed\nb-0: down")
        let never = await run(failing: 1, nil)
        #expect(never.calls == ["a-0": 1, "b-0": 1, "c-0": 1])
        #expect(never.error == "1 of 3 nodes failed\nb-0: down")
    }

    @Test("asks a person, as often as the answer is yes")
    func asking() async {
        let asked = Mutex<[String]>([])
        let answers = ["y", "yes", "no"]
        let retry = FanOutRetry.asking({ _ in }) { question in
            asked.withLock { asked in
                asked.append(question)
                return answers[asked.count - 1]
            }
        }
        let (calls, error) = await run(failing: 9, retry)
        #expect(calls == ["a-0": 1, "b-0": 3, "c-0": 1])
        #expect(error != nil)
        #expect(asked.withLock { $0 } == Array(repeating: "again on b-0? [y/N] ", count: 3))
    }
}
