import Synchronization

/// Turns terraform's events into what the console shows: what is under way, and done of all.
final class ApplyProgress: Sendable {
    private struct State {
        var total = 0
        var done = 0
        var running: [String: ContinuousClock.Instant] = [:]
        /// What the scripts of those that are under way said last.
        var said: [String: String] = [:]
        var hasChanged = false
        var warnings: Set<String> = []
    }

    private let console: Console
    private let verb: String
    private let state = Mutex(State())

    /// Makes one that says `verb` of what is done, such as `made`.
    init(_ console: Console, verb: String) {
        self.console = console
        self.verb = verb
    }

    /// Whether any resource was added, changed or removed.
    var hasChanged: Bool { state.withLock { $0.hasChanged } }

    /// Takes in an event, on any thread.
    func handle(_ event: TerraformEvent) {
        switch event {
        case .started(_, "read"), .finished(_, "read"):
            break  // a look at what is there changes nothing
        case .planned(let add, let change, let remove):
            state.withLock { $0.total = add + change + remove }
        case .started(let resource, _):
            state.withLock { $0.running[resource] = .now }
            refresh()
        case .finished(let resource, let action):
            finish(resource, action)
        case .output(let resource, let line):
            let last = line.split(whereSeparator: \.isNewline).last ?? ""
            // Terraform's own words around a script's; its first line is the script itself.
            let text = last.trimmingPrefix("local-exec: ")
            if !text.isEmpty, !text.hasPrefix("Executing: ") {
                state.withLock { $0.said[resource] = String(text) }
                console.update("\(counts) \(resource): \(text)")
            }
        case .problem(isError: false, let text):
            // An apply repeats what its plan said.
            if state.withLock({ $0.warnings.insert(text).inserted }) {
                console.say("warning: \(text)")
            }
        case .problem, .outputs, .message:
            break
        }
    }

    private func finish(_ resource: String, _ action: String) {
        let words = ["create": "made", "update": "changed", "delete": "removed"]
        let line = state.withLock { state in
            state.done += 1
            state.hasChanged = true
            let start = state.running.removeValue(forKey: resource) ?? .now
            state.said[resource] = nil
            let time = (ContinuousClock.now - start).seconds
            let count = "\(state.done)/\(max(state.total, state.done))"
            return "  \(count) \(words[action] ?? verb) \(resource) (\(time))"
        }
        if !console.isTerminal { console.say(line) }
        refresh()
    }

    private func refresh() {
        let all = state.withLock { state in
            state.running.sorted { $0.value < $1.value }.map { resource, _ in
                resource + (state.said[resource].map { ": \($0)" } ?? "")
            }
        }
        let most = 4
        let more = all.count > most ? ["and \(all.count - most) more"] : []
        console.update("\(counts) \(verb)  \((all.prefix(most) + more).joined(separator: "  "))")
    }

    private var counts: String {
        state.withLock { "\($0.done)/\(max($0.total, $0.done))" }
    }
}
