/// Why the host keys of nodes are not known, so that nobody may log in to them.
enum HostKeyError: Error, Hashable {
    /// Nodes that did not show a host key within the limit.
    case noAnswer(nodes: [String], limit: Duration)
    /// Nothing but the machines themselves could tell their keys, and that was not asked for.
    case noSource(nodes: [String])
    /// Consoles that did not show the keys within the limit; `problem` is the last fault of asking.
    case silentConsole(nodes: [String], limit: Duration, problem: String?)
    /// The consoles cannot be asked at all.
    case noConsole(node: String, problem: String)
    /// Nodes that show keys which their consoles do not have.
    case otherKey(nodes: [String])
}

extension HostKeyError: CustomStringConvertible {
    private static let trust =
        "with --trust-first-key the keys that the machines show are taken unseen"

    /// The nodes, what was found, and the remedy.
    var description: String {
        switch self {
        case .noAnswer(let nodes, let limit):
            "no host key from \(nodes.joined(separator: " ")) within \(limit.components.seconds) s; "
                + "look at their consoles, then provision again"
        case .noSource(let nodes):
            "nothing tells the host keys of \(nodes.joined(separator: " ")): the template has neither "
                + "a host_key in its output nor a program \"console\"; \(Self.trust)"
        case .silentConsole(let nodes, let limit, let problem):
            "the consoles of \(nodes.joined(separator: " ")) show no host keys after "
                + "\(limit.components.seconds) s\(problem.map { " (\($0))" } ?? ""); provision again "
                + "to go on waiting, or \(Self.trust)"
        case .noConsole(let node, let problem):
            "the console of \(node) cannot be read: \(problem); \(Self.trust)"
        case .otherKey(let nodes):
            "\(nodes.joined(separator: " ")): shows another host key than the machine's console, so "
                + "something else answers at its address; nothing logs in there"
        }
    }
}
