import DeploymentState
import Foundation
import LoadResult
import Shell
import Synchronization
import Testing

@testable import Deployment

/// A whole trial with nodes that answer as a test says: what is asked when, kept and concluded.
@Suite("Measuring")
struct MeasureTests {
    /// What the nodes answer; each is asked for its state before and after the stress.
    private final class Nodes: Sendable {
        private let state = Mutex((asked: [String: Int](), settings: 0))
        let result: String?
        let restarts: Bool
        let tweaks: Bool
        let dies: Bool

        init(
            result: LoadResult?,
            restarts: Bool = false,
            tweaks: Bool = false,
            dies: Bool = false
        ) throws {
            self.result = try result.map {
                String(decoding: try JSONEncoder().encode($0), as: UTF8.self)
            }
            self.restarts = restarts
            self.tweaks = tweaks
            self.dies = dies
        }

        func answer(_ node: String, _ call: RemoteCall) -> RemoteResult {
            let first = call.input.split(separator: "\n").first ?? ""
            if call.command.text.contains("+%s.%N") {
                return RemoteResult(output: "\(Date().timeIntervalSince1970)\n")
            }
            if call.command.text.contains("result.json"), !call.command.text.contains("bash") {
                return RemoteResult(output: result ?? "")
            }
            switch first {
            case "# look at the load tool":
                guard !dies else {
                    return RemoteResult(
                        output: "LoadState=loaded\nActiveState=failed\nSubState=failed\n"
                            + "Result=signal\nExecMainStatus=9\n--\n"
                    )
                }
                return RemoteResult(
                    output:
                        "LoadState=loaded\nActiveState=active\nSubState=exited\nResult=success\n--\n"
                )
            case "# note the state of this node":
                let asked = state.withLock { state in
                    state.asked[node, default: 0] += 1
                    return state.asked[node, default: 0]
                }
                var text = Evidence.node(1_000 + 32 * asked, isServer: node == "server-0")
                if restarts, asked > 1 { text.replace("7c2f", with: "88ab") }
                return RemoteResult(output: text)
            case "# ask redis what is in force":
                let asked = state.withLock { state in
                    state.settings += 1
                    return state.settings
                }
                var settings = Evidence.settings
                if tweaks, asked > 1 { settings["hz"] = "100" }
                return RemoteResult(output: Evidence.redis(settings))
            default: return RemoteResult()
            }
        }
    }

    /// The result of the only client.
    private static var result: LoadResult {
        var result = Evidence.result(part: 1)
        (result.parts, result.due, result.sent, result.settled) = (1, 600_000, 600_000, 600_000)
        return result
    }

    /// Makes a trial of one client and one server.
    private func measure(
        _ nodes: Nodes,
        _ body: (Deployment, Trial, [String: Any]) throws -> Void
    ) async throws {
        let files: @Sendable (String, String) -> String? = { _, _ in "a log\n" }
        let answer = { @Sendable (node: String, call: RemoteCall) in nodes.answer(node, call) }
        // One client's clock must not be tested against another's: answers take their time.
        try await withScripted(["client-0", "server-0"], answer: answer, files: files) {
            deployment,
            _ in
            let folder = Files.split(deployment.state.path).directory + "/trials"
            let trial = try await deployment.measure("quiet", in: folder) { deployment, trial in
                try await deployment.run(Evidence.stress, into: trial.stress)
            }
            let text = try Files.read(trial.directory + "/trial.json")
            #expect(!text.contains("hunter2"))
            let record = try JSONSerialization.jsonObject(with: Data(text.utf8))
            try body(deployment, trial, try #require(record as? [String: Any]))
        }
    }

    @Test("keeps what was asked, what was in force, and a verdict that follows from it")
    func quiet() async throws {
        try await measure(Nodes(result: Self.result)) { deployment, trial, record in
            #expect(trial.validity.findings == [])
            #expect(deployment.ledger.invalid.isEmpty)
            #expect(record["validity"] as? String == "valid")
            #expect(record["valid"] as? Bool == true)
            let load = (record["load"] as? [String: [String: Any]])?["mixed"]
            #expect(load?["loader_version"] as? String == "0.1.0")
            let asked = [
                "operations_per_second": "20000", "seconds": "30", "write_fraction": "0.1",
                "key_count": "500000", "value_bytes": "100", "keys": "uniform",
                "connections_per_client": "24", "max_outstanding_per_client": "1000000",
                "request_timeout_seconds": "10", "parts": "1", "seeds": "[1]",
            ]
            for (name, value) in asked {
                #expect(load?[name].map { "\($0)" } == value, "\(name)")
            }
            let settings = (record["settings"] as? [String: [String: String]])?["all"]
            #expect(settings?["hz"] == "10")
            #expect(settings?["requirepass"] == "[redacted]")
            let server = (record["nodes"] as? [String: [String: String]])?["server-0"]
            #expect(server?["database"] == "redis 7.0.15 build ae4d7c971a948f0")
            #expect(server?["executable"] == "sha256:ab12")
            #expect(server?["memory_limit"] == "1073741824")
            #expect(server?["processor_limit"] == "1.5")
            let config = try Files.read(trial.directory + "/config.yml")
            #expect(config == "server_count: 1\n")
            #expect(record["dataset"] == nil)
            let fetched = try Files.list(trial.stress + "/mixed/client-0")
            #expect(fetched == ["log.hdr", "output.log", "result.json"])
        }
    }

    @Test("returns an invalid trial, and remembers it for the script's exit status")
    func restarted() async throws {
        try await measure(Nodes(result: Self.result, restarts: true)) { deployment, trial, record in
            #expect(trial.validity.findings.map(\.kind) == ["process"])
            #expect(deployment.ledger.invalid.map(\.directory) == [trial.directory])
            #expect(record["validity"] as? String == "invalid")
            #expect(record["valid"] as? Bool == false)
            #expect(record["reasons"] as? [String] == trial.validity.reasons)
        }
    }

    @Test("sees settings that were changed while it measured")
    func tweaked() async throws {
        try await measure(Nodes(result: Self.result, tweaks: true)) { _, trial, record in
            #expect(
                trial.validity.reasons == ["mixed: server-0 changed settings meanwhile: hz"]
            )
            let settings = (record["settings"] as? [String: [String: String]])?["all"]
            #expect(settings?["hz"] == "10")
        }
    }

    @Test("sees a load tool that left no result")
    func silent() async throws {
        try await measure(Nodes(result: nil)) { _, trial, _ in
            #expect(trial.validity.findings.map(\.kind) == ["no_result"])
        }
    }

    @Test("tells what else speaks against a trial whose load tool died")
    func dead() async throws {
        let nodes = try Nodes(result: nil, restarts: true, dies: true)
        let answer = { @Sendable (node: String, call: RemoteCall) in nodes.answer(node, call) }
        let files: @Sendable (String, String) -> String? = { _, _ in "a log\n" }
        try await withScripted(["client-0", "server-0"], answer: answer, files: files) {
            deployment,
            _ in
            let folder = Files.split(deployment.state.path).directory + "/trials"
            let error = await #expect(throws: TrialError.self) {
                _ = try await deployment.measure("dead", in: folder) { deployment, trial in
                    try await deployment.run(Evidence.stress, into: trial.stress)
                }
            }
            let reasons = try #require(error?.reasons)
            try #require(reasons.count == 3, "\(reasons)")
            #expect(reasons[0] == "client-0: the load tool ended early: killed by signal 9")
            #expect(reasons[1] == "mixed: the load tool on client-0 left no result")
            #expect(
                reasons[2].hasPrefix("mixed: server-0: the database was started again meanwhile")
            )
        }
    }

    /// What a node does when its file is asked for: it begins to send, and there is no end.
    private struct Endless: Sendable {
        let isAsked: AsyncStream<Void>
        private let ask: AsyncStream<Void>.Continuation

        init() { (isAsked, ask) = AsyncStream.makeStream() }

        func send() async throws -> String? {
            ask.yield()
            // Long after the interrupt; a fetch that goes on beyond it has its file.
            try await Task.sleep(for: .seconds(30))
            return "a log\n"
        }
    }

    /// The load has come to its end, or its loader died: what it wrote is fetched either way.
    @Test(
        "stops fetching at once when it is interrupted, and has stopped the loader",
        arguments: [false, true]
    )
    func interruptedFetch(dies: Bool) async throws {
        let nodes = try Nodes(result: Self.result, dies: dies)
        let endless = Endless()
        let answer = { @Sendable (node: String, call: RemoteCall) in nodes.answer(node, call) }
        let files: @Sendable (String, String) async throws -> String? = { _, _ in
            try await endless.send()
        }
        try await withScripted(["client-0", "server-0"], answer: answer, files: files) {
            deployment,
            remotes in
            let folder = Files.split(deployment.state.path).directory + "/stress"
            let run = Task { try await deployment.run(Evidence.stress, into: folder) }
            for await _ in endless.isAsked { break }
            run.cancel()
            await #expect(throws: (any Error).self) { try await run.value }
            let fetched = try Files.list(folder + "/mixed/client-0")
            #expect(fetched == [])
            let stopped = remotes[0].called.filter { $0.input.hasPrefix("# stop the load tool") }
            #expect(stopped.count == 1)
        }
    }

    @Test("stops the loader of a load that is interrupted, and still fetches what there is of it")
    func interruptedLoad() async throws {
        let nodes = try Nodes(result: Self.result)
        let (isPolled, polled) = AsyncStream<Void>.makeStream()
        let answer = { @Sendable (node: String, call: RemoteCall) async throws -> RemoteResult in
            guard call.input.hasPrefix("# look at the load tool\n") else {
                return nodes.answer(node, call)
            }
            polled.yield()
            return RemoteResult(output: "LoadState=loaded\nActiveState=active\nSubState=running\n")
        }
        // As over a real connection, nothing comes for a task that is cancelled.
        let files: @Sendable (String, String) async throws -> String? = { _, _ in
            try Task.checkCancellation()
            return "a log\n"
        }
        try await withScripted(["client-0", "server-0"], answer: answer, files: files) {
            deployment,
            remotes in
            let folder = Files.split(deployment.state.path).directory + "/stress"
            let run = Task { try await deployment.run(Evidence.stress, into: folder) }
            for await _ in isPolled { break }
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            let fetched = try Files.list(folder + "/mixed/client-0")
            #expect(fetched == ["log.hdr", "output.log", "result.json"])
            let stopped = remotes[0].called.filter { $0.input.hasPrefix("# stop the load tool") }
            #expect(stopped.count == 1)
        }
    }

    @Test("takes of each file no more than it can hold")
    func limits() async throws {
        let nodes = try Nodes(result: Self.result)
        let answer = { @Sendable (node: String, call: RemoteCall) in nodes.answer(node, call) }
        let files: @Sendable (String, String) -> String? = { _, _ in "a log\n" }
        try await withScripted(["client-0", "server-0"], answer: answer, files: files) {
            deployment,
            remotes in
            let folder = Files.split(deployment.state.path).directory + "/stress"
            _ = try await deployment.run(Evidence.stress, into: folder)
            let limits = remotes[0].downloadLimits.map { (Files.split($0.key).name, $0.value) }
            // 30 s of load, 10 s for the last reply, and a minute.
            #expect(
                Dictionary(uniqueKeysWithValues: limits) == [
                    "output.log": 16 << 20, "log.hdr": 16 << 20 + 100 * (512 << 10),
                ]
            )
            let result = remotes[0].called.first { $0.name?.hasSuffix("/result.json") == true }
            #expect(result?.outputLimit == 1 << 20)
        }
        #expect(Loader.logLimit(of: .populate(Evidence.stress.content)) == 1 << 30)
    }

    @Test("keeps the evidence of a trial whose work failed, and why")
    func failed() async throws {
        struct Failure: Error, CustomStringConvertible { let description = "no luck" }
        try await withScripted(["client-0", "server-0"]) { deployment, _ in
            let folder = Files.split(deployment.state.path).directory + "/trials"
            let error = await #expect(throws: TrialError.self) {
                _ = try await deployment.measure("bad", in: folder) { _, _ in throw Failure() }
            }
            let directory = try #require(error?.directory)
            #expect(error?.reasons == ["no luck"])
            let text = try Files.read(directory + "/trial.json")
            #expect(text.contains(#""validity" : "invalid""#))
            #expect(text.contains(#""no luck""#))
        }
    }

    @Test("says where an interrupted trial was kept")
    func interrupted() async throws {
        let said = Mutex("")
        try await withScripted(
            ["client-0", "server-0"],
            said: { text in said.withLock { $0 += text } }
        ) { deployment, _ in
            let folder = Files.split(deployment.state.path).directory + "/trials"
            await #expect(throws: CancellationError.self) {
                _ = try await deployment.measure("cut", in: folder) { _, _ in
                    throw CancellationError()
                }
            }
            let name = try #require(try Files.list(folder + "/demo").first)
            let path = "\(folder)/demo/\(name)"
            let line = "kept what there is of the trial, as invalid: \(path)\n"
            #expect(said.withLock { $0 }.hasSuffix(line))
            #expect(try Files.read(path + "/trial.json").contains("it was interrupted"))
        }
    }

    @Test("takes a restored dataset that nobody counted with a warning")
    func uncounted() {
        let notes = TrialNotes()
        notes.restore("base", DatasetContent(keyCount: 10, valueBytes: 1))
        let kinds = { Validity(of: notes, limits: ValidityLimits()).findings.map(\.kind) }
        #expect(kinds() == ["no_stress", "uncounted"])
        notes.count("base")
        #expect(kinds() == ["no_stress"])
    }
}
