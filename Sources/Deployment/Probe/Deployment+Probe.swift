import DeploymentState
import Usage

extension Deployment {
    /// Measures the processors, disks and network of all nodes, all of them at the same time.
    ///
    /// Nothing else should run on them meanwhile: a load would be slowed down, and measured as a
    /// slow machine. Within ``measure(_:limits:in:_:)`` the result stands in `trial.json` too.
    ///
    /// Each node sends data to the next one, so while it lasts, each takes them at port 5202 of its
    /// private address.
    ///
    /// - Parameters:
    ///   - length: How long it lasts, 4 s to an hour: a quarter for each of processors, small writes,
    ///     large writes, and network.
    ///   - publicAddresses: Whether nodes may take data on private addresses that are public.
    /// - Returns: What each node could do.
    /// - Throws: ``Misuse/probe(_:)`` and ``PublicAddressError`` before anything runs; ``FanOutError`` with each node that could not
    ///   be measured. Nothing is left on the nodes, nor after this script was killed.
    @discardableResult
    public func probe(
        for length: Duration = .seconds(20),
        onPublicAddresses publicAddresses: Bool = false
    ) async throws -> Probe {
        guard (.seconds(4)...Duration.seconds(3_600)).contains(length) else {
            throw Misuse.probe(length)
        }
        if !publicAddresses { try PublicAddressError.check(nodes) }
        let probe = try await progress.step("probe \(nodes.count.of("node"))") { _ in
            try await receiving(for: length) {
                try await onEach(nodes) { remote -> Probe.Reading? in
                    let call = ProbeSteps.measure(
                        to: next(after: remote.node)?.privateIP,
                        in: folder(of: remote.node),
                        for: length
                    )
                    let text = try await remote.execute(call)
                    guard DryRun.current == nil else { return nil }
                    guard let reading = Probe.Reading(text) else { throw Unreadable(text: text) }
                    return reading
                }
            }
        }
        guard DryRun.current == nil else {
            throw DryRun.End(reason: "what the machines can do, only they can tell")
        }
        let readings = probe.compactMap { node, reading in reading.map { (node.name, $0) } }
        let result = Probe(nodes: Dictionary(uniqueKeysWithValues: readings))
        notes?.add(result)
        return result
    }

    /// Does `work` while all nodes take data.
    private func receiving<Value>(
        for length: Duration,
        _ work: () async throws -> Value
    ) async throws -> Value {
        guard nodes.count > 1 else { return try await work() }
        do {
            try await onEach(nodes) { remote in
                try await remote.execute(ProbeSteps.receive(on: remote.node, for: length))
            }
            let value = try await work()
            try await onEach(nodes) { try await $0.execute(ProbeSteps.endReceiving) }
            return value
        } catch {
            // The first failure is what matters; a receiver that cannot be ended ends by itself.
            _ = try? await onEach(nodes) { try await $0.execute(ProbeSteps.endReceiving) }
            throw error
        }
    }

    /// The node to which a node sends; `nil` if there is no other.
    private func next(after node: Node) -> Node? {
        guard nodes.count > 1, let place = nodes.firstIndex(of: node) else { return nil }
        return nodes[(place + 1) % nodes.count]
    }

    /// Where a node writes: beside the database's data, for that disk is what a measurement waits for.
    private func folder(of node: Node) -> String {
        let data = node.group == "server" ? system.dataDirectories.first : nil
        return data ?? "/var/lib"
    }

    private struct Unreadable: Error, CustomStringConvertible {
        let text: String
        var description: String { "its figures cannot be read: \"\(text.prefix(200))\"" }
    }
}
