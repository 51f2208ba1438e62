import DeploymentState
import Shell

/// Learns the host keys that a template's output does not give.
///
/// The cloud's API shows a machine's console, where the machine prints its keys; what answers at its
/// address must show one of them. Only who says so takes the keys that the machines show, unseen.
struct HostKeys: Sendable {
    /// The template's program `console`; `nil` if it has none.
    let program: String?
    /// What the program has in its environment: credentials and region.
    let environment: [String: String]
    /// Where it runs.
    let directory: String
    let console: Console
    /// How long a console may lag behind its machine: EC2's do by minutes.
    var patience = Duration.seconds(600)
    /// How long a machine may take to answer after its console did.
    var limit = Duration.seconds(120)

    /// The variable that sets the patience, in seconds, for a cloud that is slower or faster.
    static let patienceVariable = "PROV_CONSOLE_SECONDS"

    /// How many consoles are asked for at once; clouds count the calls.
    private static let width = 8

    /// Makes one for a deployment's copy of its template.
    init(_ terraform: Terraform, console: Console) {
        directory = terraform.files.terraform
        let path = directory + "/console"
        program = Files.isExecutable(path) ? path : nil
        environment = Terraform.ownEnvironment.merging(terraform.variables) { $1 }
        self.console = console
        if let seconds = Files.environment(Self.patienceVariable).flatMap({ Int($0) }) {
            patience = .seconds(min(max(0, seconds), 86_400))
        }
    }

    /// Returns the nodes, each with its key, in the same order.
    ///
    /// - Parameters:
    ///   - nodes: All nodes; those that have a key are returned as they are.
    ///   - trustsFirstKey: Whether the keys that the machines show are taken unseen.
    /// - Returns: As many as there were.
    /// - Throws: ``HostKeyError``.
    func complete(_ nodes: [Node], trustsFirstKey: Bool) async throws -> [Node] {
        let unknown = nodes.filter { $0.hostKey == nil }
        guard !unknown.isEmpty else { return nodes }
        let told = trustsFirstKey ? nil : try await tell(unknown)
        console.begin("waiting for the host keys of \(unknown.count) nodes")
        let shown = try await HostKeyScan.keys(of: unknown, within: limit)
        let number = "\(unknown.count) of \(nodes.count) nodes"
        console.say(
            told == nil
                ? "--trust-first-key: the host keys of \(number) are those that they showed first, "
                    + "which nothing confirms"
                : "the host keys of \(number) are those on their consoles"
        )
        return try Self.completed(nodes, told: told, shown: shown)
    }

    /// Gives each node without a key the best that both its console and the machine show.
    ///
    /// - Parameters:
    ///   - nodes: All nodes.
    ///   - told: What the consoles say, by the nodes' names; `nil` if nobody asked.
    ///   - shown: What the machines show, by the nodes' names.
    /// - Returns: The nodes in the same order.
    /// - Throws: ``HostKeyError/otherKey(nodes:)`` with all nodes whose console says otherwise.
    static func completed(
        _ nodes: [Node],
        told: [String: [String]]?,
        shown: [String: [String]]
    ) throws(HostKeyError) -> [Node] {
        var others: [String] = []
        var complete: [Node] = []
        for node in nodes {
            guard node.hostKey == nil else {
                complete.append(node)
                continue
            }
            let keys = (shown[node.name] ?? []).filter { key in
                told.map { $0[node.name]?.contains(key) ?? false } ?? true
            }
            if let key = HostKeyScan.best(of: keys) {
                complete.append(node.with(hostKey: key))
            } else {
                others.append(node.name)
            }
        }
        guard others.isEmpty else { throw .otherKey(nodes: others) }
        return complete
    }

    /// Waits until the console of each node has shown its keys.
    private func tell(_ nodes: [Node]) async throws -> [String: [String]] {
        let ids = nodes.compactMap { node in node.vars["instance_id"].map { (node.name, $0) } }
        guard let program, ids.count == nodes.count else {
            throw HostKeyError.noSource(nodes: nodes.map(\.name))
        }
        let deadline = ContinuousClock.now + patience
        var told: [String: [String]] = [:]
        var pause = Duration.seconds(1)
        console.begin("waiting for the consoles of \(nodes.count) nodes")
        while true {
            var problem: String?
            let rest = ids.filter { told[$0.0] == nil }
            for start in stride(from: 0, to: rest.count, by: Self.width) {
                let some = rest[start..<min(start + Self.width, rest.count)]
                for (name, answer) in try await ask(Array(some), program) {
                    switch answer {
                    case .keys(let keys): told[name] = keys
                    case .nothing(let reason): problem = reason ?? problem
                    }
                }
            }
            if told.count == nodes.count { return told }
            let silent = nodes.map(\.name).filter { told[$0] == nil }
            console.update("consoles with host keys: \(told.count) of \(nodes.count)")
            guard ContinuousClock.now + pause < deadline else {
                throw HostKeyError.silentConsole(nodes: silent, limit: patience, problem: problem)
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(15))
        }
    }

    private enum Answer: Sendable {
        case keys([String])
        /// Not yet; the reason is that of a fault that may pass.
        case nothing(String?)
    }

    private func ask(
        _ machines: [(String, String)],
        _ program: String
    ) async throws -> [(String, Answer)] {
        try await withThrowingTaskGroup(of: (String, Answer).self) { group in
            for (name, id) in machines {
                group.addTask { (name, try await ask(name, id, program)) }
            }
            return try await group.reduce(into: [(String, Answer)]()) { $0.append($1) }
        }
    }

    private func ask(_ name: String, _ id: String, _ program: String) async throws -> Answer {
        let process = LocalProcess(
            program,
            [id],
            environment: environment,
            directory: directory,
            timeLimit: .seconds(60)
        )
        let outcome = try await process.run()
        if outcome.cause == .cancellation { throw CancellationError() }
        let line = outcome.errorText.split(whereSeparator: \.isNewline).last.map(String.init)
        guard outcome.isSuccess else {
            let problem = line ?? outcome.ending
            if outcome.status == .exited(2) {
                throw HostKeyError.noConsole(node: name, problem: problem)
            }
            return .nothing(problem)
        }
        let keys = ConsoleKeys.keys(in: outcome.outputText)
        return keys.isEmpty ? .nothing(nil) : .keys(keys)
    }
}
