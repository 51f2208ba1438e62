import DeploymentState
import Shell
import Synchronization
import Usage

/// What a script would do on its nodes, printed instead of done.
///
/// It connects to nothing, so it knows no answer. A command is taken to succeed and to say nothing, and
/// a few questions have answers that are likely; where a script needs more than that, it ends.
final class DryRun: Sendable {
    /// The one that this task is part of; `nil` if things are really done.
    @TaskLocal static var current: DryRun?

    /// The end of a dry run, with what only a node can tell.
    struct End: Error, Hashable, CustomStringConvertible {
        let reason: String
        var description: String { "the dry run ends here: \(reason)" }
    }

    private struct State {
        var indent = 0
        /// What the step that runs would do, each once, with the nodes.
        var calls: [(text: String, nodes: [String])] = []
    }
    private let state = Mutex(State())
    private let servers: Int
    private let system: String
    private let write: @Sendable (String) -> Void

    /// Makes one for a deployment.
    ///
    /// - Parameters:
    ///   - servers: How many servers there are.
    ///   - system: What runs on them.
    ///   - write: Gets each line.
    init(servers: Int, system: String, write: @escaping @Sendable (String) -> Void) {
        self.servers = servers
        self.system = system
        self.write = write
    }

    /// Shows a step's name, and behind it what it would do.
    func step<Value: Sendable>(
        _ name: String,
        _ work: () async throws -> Value
    ) async throws -> Value {
        flush()
        write(name)
        defer { flush() }
        return try await work()
    }

    /// Shows a line of the script's own.
    func say(_ line: String) {
        flush()
        write(line)
    }

    /// Notes what a node would do.
    func note(_ text: String, on node: Node) {
        state.withLock { state in
            if let index = state.calls.firstIndex(where: { $0.text == text }) {
                guard !state.calls[index].nodes.contains(node.name) else { return }
                state.calls[index].nodes.append(node.name)
            } else {
                state.calls.append((text, [node.name]))
            }
        }
    }

    /// Writes what was noted: the same on several nodes is a line.
    func flush() {
        let calls = state.withLock { state in
            defer { state.calls = [] }
            return state.calls
        }
        for (text, nodes) in calls {
            write(
                "  \(nodes.sorted { $0.localeOrder < $1.localeOrder }.joined(separator: " ")): \(text)"
            )
        }
    }

    /// What a node is taken to answer.
    func answer(to call: RemoteCall) -> RemoteResult {
        switch call.title {
        case "inspect a dataset":
            // As populate-and-snapshot makes it.
            let about = Dataset.About(
                servers: servers,
                database: system,
                census: nil,
                content: Self.content
            )
            return RemoteResult(output: "--\n\(about.text)")
        case "look at the load tool":
            return RemoteResult(
                output:
                    "LoadState=loaded\nActiveState=active\nSubState=exited\nResult=success\n--\n"
            )
        default:
            if call == Staging.make { return RemoteResult(output: "/tmp/prov-dry-run\n") }
            let words = call.command.text
            if words.contains("stat --format") { return RemoteResult(output: "root:root 0644\n") }
            return RemoteResult()
        }
    }

    /// Why a dry run ended that a script's error ended.
    ///
    /// - Throws: The error, if no answer of a node is to blame for it.
    static func end(_ error: any Error) throws -> End {
        switch error {
        case let end as End: return end
        // A build's fault that a node told stands within a `FanOutError`.
        case is Misuse, is AttachError, is BuildError, is PublicAddressError, is FaultError,
            is CancellationError, is ScriptStatus, is UsageError:
            throw error
        default:
            return End(reason: "what comes next depends on what a node answers\n  \(error)")
        }
    }

    /// What datasets are taken to hold.
    static let content = DatasetContent(keyCount: 500_000, valueBytes: 100)
}

extension String {
    /// Names of nodes with their numbers in order.
    fileprivate var localeOrder: String {
        let parts = split(separator: "-")
        guard let last = parts.last, let number = Int(last) else { return self }
        let digits = String(number)
        return dropLast(last.count) + String(repeating: "0", count: max(0, 6 - digits.count))
            + digits
    }
}

extension RemoteCall {
    /// A script's first comment; empty for a plain command.
    var title: String {
        guard let line = input.split(separator: "\n").first, line.hasPrefix("# ") else { return "" }
        return String(line.dropFirst(2))
    }

    /// As a dry run shows it: a script by its title and arguments, anything else as it is.
    var told: String {
        if let name { return name }
        guard !title.isEmpty else { return "\(command)" }
        // Behind "bash … -s --" stand the script's own words.
        let words = "\(command)".split(separator: " -- ", maxSplits: 1)
        return title + (words.count == 2 ? " (\(words[1]))" : "")
    }
}

/// A node of a dry run.
struct DryRemote: Remote {
    let node: Node
    let run: DryRun

    func capture(_ call: RemoteCall) async throws -> RemoteResult {
        run.note(call.told, on: node)
        return run.answer(to: call)
    }

    func stream(_ call: RemoteCall, to output: RemoteOutput) async throws -> RemoteResult {
        try await capture(call)
    }

    func upload(_ file: String, to path: String, mode: Int32) async throws {
        run.note("upload \(file) to \(path)", on: node)
    }

    func download(_ path: String, to file: String, limit: Int) async throws {
        run.note("download \(path)", on: node)
    }

    func copy(_ directory: DirectoryCopy) async throws { run.note(directory.operation, on: node) }

    func close() async {}
}

extension Deployment {
    /// A deployment on which everything is printed and nothing done; it connects to nothing.
    static func dry(
        _ state: StateDirectory,
        nodes: [Node],
        system: any System,
        _ run: DryRun
    ) -> Deployment {
        Deployment(
            state: state,
            system: system,
            nodes: nodes,
            remotes: nodes.map { DryRemote(node: $0, run: run) },
            progress: Progress()
        )
    }
}
