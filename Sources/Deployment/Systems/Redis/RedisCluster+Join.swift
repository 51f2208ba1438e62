public import DeploymentState
import Shell

/// One step of making a cluster, decided from what every server is and knows at the moment.
public struct JoinStep: Sendable, Hashable {
    /// What each server does now, by server; those that are not named do nothing.
    public var calls: [Node: [RemoteCall]]
    /// The keys that it deletes, by server; empty if none.
    public var lostKeys: [Node: Int]
    /// Whether nothing is left to decide afterwards: what remains comes about by itself.
    public var isLast: Bool

    /// Makes a step, by default one that loses nothing and is followed by another.
    public init(
        calls: [Node: [RemoteCall]],
        lostKeys: [Node: Int] = [:],
        isLast: Bool = false
    ) {
        self.calls = calls
        self.lostKeys = lostKeys
        self.isLast = isLast
    }
}

extension RedisCluster {
    private static let slots = 16_384
    /// How many other servers each introduces itself to; gossip tells it of the rest.
    private static let meetings = 8

    /// Prints how many keys it holds, and then the servers that it knows.
    public func standing(_ node: Node) -> RemoteCall? {
        .script(
            """
            # ask redis what it knows of its cluster
            redis-cli -e -p "$1" dbsize
            redis-cli -e -p "$1" cluster nodes
            """,
            arguments: [port]
        )
        .repeatable
    }

    /// Decides what is missing to one cluster of just these servers, wherever it was left.
    ///
    /// A cluster that is whole stays, however its slots lie. Servers of another cluster, or with
    /// other slots, leave it and lose its keys; then each takes its share of the slots; and then
    /// they meet.
    public func join(_ servers: [Node], standing answers: [Node: String]) throws -> JoinStep? {
        let standings = try answers.mapValues(RedisStanding.init)
        let ids = Set(standings.values.map(\.id))
        let isWhole = standings.values.allSatisfy { standing in
            standing.slotCount > 0
                && Set(standing.peers.map(\.id)) == ids.subtracting([standing.id])
        }
        let served = standings.values.map(\.slotCount).reduce(0, +)
        if isWhole, served == Self.slots { return nil }
        let shares = Self.shares(of: servers)
        if let step = leave(standings, ids, shares) { return step }
        return takeSlots(standings, shares) ?? meet(servers, standings)
    }

    /// Has every server forget its cluster if one of them belongs to another one.
    ///
    /// All of them, because those that stay would go on to know the others by their old ids.
    private func leave(
        _ standings: [Node: RedisStanding],
        _ ids: Set<String>,
        _ shares: [Node: ClosedRange<Int>]
    ) -> JoinStep? {
        let foreign = standings.filter { node, standing in
            !ids.isSuperset(of: standing.peers.map(\.id))
                || !["", shares[node].map(Self.text) ?? ""].contains(standing.slots)
                || standing.slots.isEmpty && standing.keys > 0
        }
        guard !foreign.isEmpty else { return nil }
        let leaving = standings.filter { node, standing in
            !standing.peers.isEmpty || !standing.slots.isEmpty || standing.keys > 0
        }
        return JoinStep(
            calls: leaving.mapValues { [forget(keys: $0.keys > 0)] },
            lostKeys: leaving.mapValues(\.keys).filter { $0.value > 0 }
        )
    }

    /// Gives slots to those that have none; `nil` if all have theirs.
    private func takeSlots(
        _ standings: [Node: RedisStanding],
        _ shares: [Node: ClosedRange<Int>]
    ) -> JoinStep? {
        let empty = standings.filter { $0.value.slots.isEmpty }
        guard !empty.isEmpty else { return nil }
        let order = shares.sorted { $0.value.lowerBound < $1.value.lowerBound }.map(\.key)
        return JoinStep(
            calls: empty.reduce(into: [:]) { calls, entry in
                let (node, standing) = entry
                guard let share = shares[node] else { return }
                // Redis takes an epoch only while it knows nobody and has none; else it finds one.
                let isFree = standing.epoch == 0 && standing.peers.isEmpty
                let epoch = isFree ? order.firstIndex(of: node).map { setEpoch($0 + 1) } : nil
                calls[node] = [epoch, addSlots(share)].compactMap { $0 }
            }
        )
    }

    private func meet(_ servers: [Node], _ standings: [Node: RedisStanding]) -> JoinStep {
        var calls: [Node: [RemoteCall]] = [:]
        for (place, node) in servers.enumerated() {
            let known = Set(standings[node]?.peers.map(\.id) ?? [])
            let others = (1...servers.count).map { servers[(place + $0) % servers.count] }
            let strangers = others.dropLast()
                .filter { other in standings[other].map { !known.contains($0.id) } ?? false }
                .prefix(Self.meetings)
            if !strangers.isEmpty { calls[node] = [introduce(to: Array(strangers))] }
        }
        return JoinStep(calls: calls, isLast: true)
    }

    /// Equal shares of all slots, in the servers' order.
    static func shares(of servers: [Node]) -> [Node: ClosedRange<Int>] {
        let bounds = (0...servers.count).map { $0 * slots / max(servers.count, 1) }
        return Dictionary(
            uniqueKeysWithValues: servers.enumerated()
                .map { ($1, bounds[$0]...(bounds[$0 + 1] - 1)) }
        )
    }

    private static func text(_ share: ClosedRange<Int>) -> String {
        share.count == 1 ? "\(share.lowerBound)" : "\(share.lowerBound)-\(share.upperBound)"
    }

    // MARK: Calls

    /// Forgets the cluster; with keys also these, in memory and on disk, where a start finds them.
    private func forget(keys: Bool) -> RemoteCall {
        guard keys else {
            return .root(["redis-cli", "-e", "-p", port, "cluster", "reset", "hard"])
        }
        return .script(
            """
            # leave another redis cluster
            redis-cli -e -p "$1" flushall
            redis-cli -e -p "$1" save
            redis-cli -e -p "$1" cluster reset hard
            """,
            arguments: [port],
            timeLimit: .seconds(600)
        )
    }

    private func setEpoch(_ epoch: Int) -> RemoteCall {
        .root(["redis-cli", "-e", "-p", port, "cluster", "set-config-epoch", .plain("\(epoch)")])
    }

    private func addSlots(_ share: ClosedRange<Int>) -> RemoteCall {
        let ends: [Command.Word] = [.plain("\(share.lowerBound)"), .plain("\(share.upperBound)")]
        let words: [Command.Word] = ["redis-cli", "-e", "-p", port, "cluster", "addslotsrange"]
        return .root(Command(words + ends))
    }

    private func introduce(to others: [Node]) -> RemoteCall {
        .script(
            """
            # meet other servers of the redis cluster
            port=$1; shift
            for address; do redis-cli -e -p "$port" cluster meet "$address" "$port"; done
            """,
            arguments: [port] + others.map { .plain($0.privateIP) }
        )
    }
}
