import DeploymentState
import Foundation
import LoadResult
import Shell
import Synchronization
import Testing

@testable import Deployment

/// Every verb of a script: all that it sends to its nodes, compared whole with a file of `Golden/verbs`.
///
/// Whoever breaks a command behind a verb sees that verb's own test fail. What the commands do is for the
/// tests on machines to show.
@Suite("What each verb sends", .timeLimit(.minutes(2)))
struct VerbTests {
    @Test("is what it sent before", arguments: Verb.all)
    func sends(_ verb: Verb) async throws {
        let transcript = try await verb.transcript()
        try Golden.expect(text: transcript, is: "verbs/\(verb.name).txt")
    }

    /// Verbs whose calls another suite compares, or that send nothing of their own.
    private static let elsewhere = [
        "connect": "RemoteTests", "close": "RemoteTests", "onEach": "FanOutTests",
        "waitFor": "FanOutTests", "measure": "MeasureTests", "prepare": "LeftTrialTests",
        "inject": "FaultTests", "build": "InstallBuildTests", "requireBuild": "BuildStepsTests",
        "install": "installBuild here",
        "variant": "VariantTests", "applyVariant": "ApplyVariantTests",
        "tryVariant": "ApplyVariantTests", "requireVariant": "ApplyVariantTests",
        "takingBack": "ApplyVariantTests", "undoing": "ApplyVariantTests",
        "requireSettings": "ApplyVariantTests", "conditions": "ConditionsTests",
        "tweaks": "TweaksTests", "requirePopulatable": "PopulateTests",
        "cloudWatch": "CloudWatchTests",
    ]

    @Test("is compared for every public method of a deployment")
    func complete() throws {
        let tests = Files.split(#filePath).directory
        let sources = Files.split(Files.split(tests).directory).directory + "/Sources/Deployment"
        let files = try #require(FileManager.default.enumerator(atPath: sources))
        var verbs: Set<String> = []
        for case let file as String in files where file.hasSuffix(".swift") {
            var isWithin = false
            for line in try Files.read("\(sources)/\(file)").split(separator: "\n") {
                if line.hasPrefix("extension Deployment ")
                    || line.hasPrefix("public struct Deployment:")
                {
                    isWithin = true
                } else if line == "}" {
                    isWithin = false
                } else if isWithin, line.hasPrefix("    public "), line.contains("func ") {
                    let words = line.split(separator: " ")
                    let place = try #require(words.firstIndex(of: "func")) + 1
                    verbs.insert(String(words[place].prefix { $0.isLetter }))
                }
            }
        }
        #expect(verbs.count > 40)
        let known = Set(Verb.all.map { String($0.name.prefix { $0 != "-" }) })
        #expect(verbs.subtracting(known) == Set(Self.elsewhere.keys))
        #expect(known.subtracting(verbs) == [])
    }
}

/// A method of a deployment, called on two servers, two clients and a monitor that are all well.
struct Verb: Sendable, CustomTestStringConvertible {
    let name: String
    let system: any System
    let call: @Sendable (Deployment, _ folder: String) async throws -> Void

    var testDescription: String { name }

    init(
        _ name: String,
        of system: any System = RedisCluster(),
        _ call: @escaping @Sendable (Deployment, _ folder: String) async throws -> Void
    ) {
        self.name = name
        self.system = system
        self.call = call
    }

    static let content = DatasetContent(keyCount: 600_000, valueBytes: 100)
    private static let mixed = Stress(
        "mixed",
        operationsPerSecond: 1_000,
        for: .seconds(1),
        writeFraction: 0.5,
        on: content
    )

    static let all = [
        Verb("installSystem") { deployment, _ in try await deployment.installSystem() },
        Verb("configureSystem") { deployment, _ in
            try await deployment.configureSystem(settings: ["hz": "20"])
        },
        Verb("startCluster") { deployment, _ in try await deployment.startCluster() },
        Verb("start") { deployment, _ in
            try await deployment.start(deployment.servers, in: .sequence)
        },
        Verb("stopCluster") { deployment, _ in try await deployment.stopCluster() },
        Verb("quiesce") { deployment, _ in try await deployment.quiesce() },
        Verb("settings") { deployment, _ in _ = try await deployment.settings() },
        Verb("requireSetUp") { deployment, _ in try await deployment.requireSetUp() },
        Verb("snapshotDataset") { deployment, _ in
            try await deployment.snapshotDataset("base", of: content)
        },
        Verb("restoreDataset") { deployment, _ in try await deployment.restoreDataset("base") },
        Verb("verifyDataset") { deployment, _ in try await deployment.verifyDataset("base") },
        Verb("resetToEmpty") { deployment, _ in try await deployment.resetToEmpty() },
        Verb("populate") { deployment, _ in try await deployment.populate(content) },
        Verb("run") { deployment, folder in try await deployment.run(mixed, into: folder) },
        Verb("installLoadTool") { deployment, folder in
            try Files.write("x", to: folder + "/tool")
            try await deployment.installLoadTool(folder + "/tool")
        },
        Verb("installLoadProgram") { deployment, _ in
            try await deployment.installLoadProgram(RedisBenchmark())
        },
        Verb("requireLoadProgram") { deployment, _ in
            try await deployment.requireLoadProgram(RedisBenchmark())
        },
        Verb("installMonitoring") { deployment, _ in try await deployment.installMonitoring() },
        Verb("clearMetrics") { deployment, _ in try await deployment.clearMetrics() },
        Verb("query") { deployment, _ in _ = try await deployment.query("up") },
        Verb("fetchMetrics") { deployment, folder in
            try await deployment.fetchMetrics(into: folder)
        },
        Verb("execute") { deployment, _ in
            try await deployment.execute(["sysctl", "vm.swappiness=1"], on: deployment.servers)
            try await deployment.execute(["id"], on: deployment.clients, asRoot: false)
        },
        Verb("stream") { deployment, _ in
            let follow = ["journalctl", "--follow", "--unit", "redis-server"]
            try await deployment.stream(follow, on: deployment.servers, timeLimit: .seconds(9)) {
                _,
                lines in
                for try await _ in lines {}
            }
        },
        Verb("upload") { deployment, folder in
            try Files.write("x", to: folder + "/tuned.conf")
            try await deployment.upload(
                folder + "/tuned.conf",
                to: "/etc/sysctl.d/90-tuned.conf",
                on: deployment.servers
            )
        },
        Verb("uploadDirectory") { deployment, folder in
            try await deployment.uploadDirectory(folder, to: "/opt/it's", on: deployment.servers)
        },
        Verb("downloadDirectory") { deployment, folder in
            try await deployment.downloadDirectory(
                "/var/log/redis",
                from: deployment.clients,
                into: folder,
                asRoot: false,
                mirroring: true
            )
        },
        Verb("collect") { deployment, folder in
            try await deployment.collect("/var/log/*.log", from: deployment.clients, into: folder)
        },
        Verb("probe") { deployment, _ in try await deployment.probe() },
        Verb("installBuild") { deployment, _ in try await deployment.installBuild("packaged") },
        Verb("runCommands") { deployment, _ in
            try await deployment.runCommands(["echo 1 >/proc/sys/vm/drop_caches"])
        },
        Verb("nodetool", of: CQLDatabase(.scylla)) { deployment, _ in
            try await deployment.nodetool("cleanup")
        },
        Verb("cqlsh", of: CQLDatabase(.scylla)) { deployment, _ in
            try await deployment.cqlsh("DESCRIBE KEYSPACES")
        },
        Verb("decommission", of: CQLDatabase(.cassandra)) { deployment, _ in
            try await deployment.decommission(deployment.servers[1])
        },
    ]

    /// Calls it, and tells what it sent, node by node; of a text that another node has had, its first line.
    func transcript() async throws -> String {
        let folder = try Files.makeTemporaryDirectory("prov-verb")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        let names = ["server-0", "server-1", "client-0", "client-1", "monitor-0"]
        var transcript = ""
        try await withScripted(names, system: system) { scripted, _ in
            let remotes = scripted.nodes.map { TranscriptRemote(node: $0) }
            let deployment = Deployment(
                state: scripted.state,
                system: system,
                nodes: scripted.nodes,
                remotes: remotes,
                progress: scripted.progress
            )
            try await call(deployment, folder)
            var shown: Set<String> = []
            for remote in remotes where !remote.lines.isEmpty {
                transcript += "\(remote.node.name)\n"
                for (command, input) in remote.lines {
                    transcript += "$ \(command)\n"
                    let lines = input.split(separator: "\n", omittingEmptySubsequences: false)
                    guard !input.isEmpty else { continue }
                    let isNew = shown.insert(input).inserted
                    for line in isNew ? lines[...] : lines.prefix(1) {
                        transcript += line.isEmpty ? "|\n" : "| \(line)\n"
                    }
                }
            }
        }
        // What is drawn anew each time, and times.
        return transcript.replacing(folder, with: "FOLDER")
            .replacing(/[0-9a-f]{64}/, with: "DIGEST")
            .replacing(/(prov-stress-|\/stress\/|\/stress-)[0-9a-f]{8}/) { "\($0.output.1)RUN" }
            .replacing(/\b1[0-9]{9}\.[0-9]+/, with: "TIME")
            .trimmingCharacters(in: .newlines)
    }
}

/// A node that is well, and keeps all that it gets.
private final class TranscriptRemote: Remote {
    let node: Node
    private let all = Mutex<[(command: String, input: String)]>([])

    init(node: Node) { self.node = node }

    var lines: [(command: String, input: String)] { all.withLock { $0 } }

    func capture(_ call: RemoteCall) async throws -> RemoteResult {
        add(call.command.text, call.input)
        return try answer(call)
    }

    func stream(_ call: RemoteCall, to output: RemoteOutput) async throws -> RemoteResult {
        output.take(Array(try await capture(call).output.utf8))
        return RemoteResult()
    }

    func upload(_ file: String, to path: String, mode: Int32) async throws {
        let text = try Files.read(file)
        add("upload \(path) \(String(mode, radix: 8))", text)
    }

    func download(_ path: String, to file: String, limit: Int) async throws {
        add("download \(path) \(limit)", "")
        guard path.hasSuffix(".tar.gz") else { return try Files.write("", to: file) }
        let words = ["--create", "--gzip", "--file", file, "--files-from", "/dev/null"]
        try await LocalProcess("tar", words, timeLimit: .seconds(20)).execute()
    }

    func copy(_ directory: DirectoryCopy) async throws {
        let line = OpenSSHCommandLine(
            node: node.name,
            configFile: "CONFIG",
            knownHostsFile: "HOSTS",
            socket: "none"
        )
        let process = Rsync(node: node.name, line: line, keyHint: "").process(directory)
        let words = process.arguments.dropFirst(2)
        add(
            "in \(process.directory ?? "no folder"): \(Command(Array(words)).text)",
            process.arguments[1]
        )
    }

    func close() async {}

    private func add(_ command: String, _ input: String) {
        all.withLock { $0.append((command, input)) }
    }

    private func answer(_ call: RemoteCall) throws -> RemoteResult {
        let text = call.command.text
        let index = node.name.hasSuffix("-0") ? 0 : 1
        switch call.title {
        case "inspect a dataset":
            let about = Dataset.About(
                servers: 2,
                database: "redis",
                census: 300_000,
                content: Verb.content
            )
            return RemoteResult(output: "base\n--\n" + about.text)
        case "look at the load tool":
            let loaded =
                "LoadState=loaded\nActiveState=active\nSubState=exited\nResult=success\n--\n"
            return RemoteResult(output: loaded)
        case "ask redis what it knows of its cluster":
            let members = [("a1", "198.18.0.10", "0-8191"), ("b1", "198.18.0.11", "8192-16383")]
            let lines = members.enumerated().map { place, member in
                "\(member.0) \(member.1):6379@16379 \(place == index ? "myself," : "")master - 0 0 1 "
                    + "connected \(member.2)\n"
            }
            return RemoteResult(output: "300000\n" + lines.joined())
        case "measure this node":
            return RemoteResult(
                output: """
                    processors=2
                    hashing=3200000000
                    syncing=900
                    writing=1500000000
                    connecting=45
                    sending=2000000000
                    stolen=0.012

                    """
            )
        default: break
        }
        if call == Staging.make { return RemoteResult(output: "/tmp/prov-a\n") }
        if call.name?.hasPrefix("read ") == true {
            let result = try JSONEncoder().encode(Evidence.result(part: index + 1))
            return RemoteResult(output: String(decoding: result, as: UTF8.self))
        }
        if text.contains("stat --format") { return RemoteResult(output: "root:root 0644\n") }
        if text.contains("dbsize") { return RemoteResult(output: "300000\n") }
        if text.contains("/api/v1/query") {
            return RemoteResult(
                output: #"{"status":"success","data":{"resultType":"vector","result":[]}}"#
            )
        }
        return RemoteResult()
    }
}
