import DeploymentState
import Foundation

extension Deployment {
    /// So many round trips tell a node's clock; the shortest one counts.
    private static let roundTrips = 5

    /// Begins the evidence of a stress with what is so before it.
    func evidence(
        before stress: Stress,
        with program: any LoadProgram,
        _ notes: TrialNotes
    ) async throws -> StressEvidence {
        StressEvidence(
            of: stress,
            with: program,
            clients: clients.map(\.name),
            before: try await reading(),
            isOnDataset: notes.restored != nil,
            redaction: Redaction(names: system.secretSettings)
        )
    }

    /// Reads clocks, machines and databases of all nodes; what cannot be read is kept as such.
    ///
    /// - Throws: `CancellationError` only.
    func reading() async throws -> Reading {
        var reading = Reading(moment: StressEvidence.Moment(time: Date()))
        // First, while nothing else asks: a round trip beside others takes longer.
        let clocks = try await onEach(nodes) { remote in
            await Self.attempt { try await Self.clock(of: remote) }
        }
        let machines = try await onEach(nodes) { remote in
            await Self.attempt { try await moment(of: remote) }
        }
        let databases = try await onEach(servers) { remote in
            await Self.attempt {
                try system.inForce(from: try await remote.execute(system.inForce(remote.node)))
            }
        }
        for (node, clock) in clocks {
            reading.moment.clocks[node.name] = reading.value(clock, "what time it is", of: node)
        }
        for (node, machine) in machines {
            reading.moment.nodes[node.name] = reading.value(machine, "how its machine is", of: node)
        }
        for (node, database) in databases {
            let what = "what its database is doing"
            guard let inForce = reading.value(database, what, of: node) else { continue }
            reading.databases[node.name] = inForce
            reading.moment.versions[node.name] = inForce.version
            reading.moment.requests[node.name] = inForce.requests
            if !inForce.faults.isEmpty { reading.moment.faults[node.name] = inForce.faults }
        }
        return reading
    }

    private static func clock(of remote: any Remote) async throws -> ClockReading {
        var readings: [ClockReading] = []
        for _ in 0..<roundTrips {
            let asked = Date().timeIntervalSince1970
            let answer = try await remote.execute(ClockReading.ask)
            let answered = Date().timeIntervalSince1970
            guard let theirs = NodeNumber.decimal(answer.filter { !$0.isWhitespace }) else {
                continue
            }
            readings.append(ClockReading(asked: asked, theirs: theirs, answered: answered))
        }
        guard let best = ClockReading.best(of: readings) else { throw Unreadable(what: "time") }
        return best
    }

    func moment(of remote: any Remote) async throws -> NodeMoment {
        let isServer = remote.node.group == "server"
        let ask = NodeMoment.ask(
            unit: isServer ? system.unit : "",
            folders: isServer ? system.dataDirectories : []
        )
        guard let moment = NodeMoment(try await remote.execute(ask)) else {
            throw Unreadable(what: "state")
        }
        return moment
    }

    private static func attempt<Value: Sendable>(
        _ work: () async throws -> Value
    ) async -> Result<Value, any Error> {
        do { return .success(try await work()) } catch { return .failure(error) }
    }

    private struct Unreadable: Error, CustomStringConvertible {
        let what: String
        var description: String { "its \(what) cannot be read" }
    }
}

extension Reading {
    /// The value that a node told; a failure is noted instead, beside earlier ones.
    fileprivate mutating func value<Value>(
        _ result: Result<Value, any Error>,
        _ what: String,
        of node: Node
    ) -> Value? {
        switch result {
        case .success(let value): return value
        case .failure(let error):
            moment.unread[node.name, default: []].append("\(what): \(error)")
            return nil
        }
    }
}
