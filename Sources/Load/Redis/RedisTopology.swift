private import Glibc
internal import Synchronization

/// What all loops know of a Redis Cluster, asked again by a thread of its own when one wonders.
final class RedisTopology: Sendable {
    private struct State {
        var slots: ClusterSlots
        var isWanted = false
        var isEnded = false
    }

    private let state: Mutex<State>
    private let password: RedisPassword?
    private let version = Atomic(0)

    /// Starts from what is known.
    init(_ slots: ClusterSlots, password: RedisPassword? = nil) {
        self.password = password
        state = Mutex(State(slots: slots))
    }

    /// Grows each time that ``slots`` changes.
    var currentVersion: Int { version.load(ordering: .acquiring) }

    /// Who serves what, as last heard.
    var slots: ClusterSlots { state.withLock { $0.slots } }

    /// Asks for a look at the cluster soon; costs next to nothing.
    func want() { state.withLock { $0.isWanted = true } }

    /// Ends ``watch()``.
    func end() { state.withLock { $0.isEnded = true } }

    /// Asks the cluster whenever a loop wants it, at most every 100 ms, until ``end()``.
    func watch() {
        while true {
            usleep(100_000)
            let now = state.withLock { state in
                defer { state.isWanted = false }
                return state
            }
            if now.isEnded { return }
            if now.isWanted { update(now.slots) }
        }
    }

    /// Takes the word of the first server that answers, unless the load ends meanwhile.
    private func update(_ known: ClusterSlots) {
        for server in known.servers where !state.withLock({ $0.isEnded }) {
            // A server that is down cannot tell; the next one is asked, and the loops ask again.
            guard let found = try? Self.ask(server, password), found.unserved < HashSlot.count
            else {
                continue
            }
            guard found != known else { return }
            state.withLock { $0.slots = found }
            version.add(1, ordering: .releasing)
            return
        }
    }

    /// Asks a server who serves what; `nil` if it is no part of a cluster.
    static func ask(
        _ server: NodeAddress,
        _ password: RedisPassword?
    ) throws(LoadError) -> ClusterSlots? {
        let conversation = try RedisConversation(with: server)
        if let password { try conversation.authenticate(password) }
        let reply = try conversation.ask("CLUSTER", "SLOTS")
        if case .error(let text) = reply {
            if text.contains("cluster support disabled") { return nil }
            if let problem = RedisPassword.problem(text) {
                throw .password("\(server)", problem: problem)
            }
            throw .answer("\(server)", problem: text)
        }
        do {
            return try ClusterSlots(reply, asked: conversation.peer).resolved()
        } catch let error as LoadError {
            throw error
        } catch {
            throw LoadError.answer("\(server)", problem: "\(error)")
        }
    }
}
