import DeploymentState
import Shell

/// What to do when a kill left resources in the cloud that terraform's state does not know.
struct StateHeal: Sendable {
    let terraform: Terraform
    let cloud: Cloud
    /// The deployment's name, `-` and id.
    let key: String
    let console: Console
    /// Who agrees to the end of what no list has named so far: tags alone end nothing.
    let agreement: Agreement

    /// `nil` if the template cannot find its deployments.
    init?(_ terraform: Terraform, name: String, agreement: Agreement) {
        guard let cloud = Cloud(of: terraform) else { return nil }
        self.terraform = terraform
        self.cloud = cloud
        self.agreement = agreement
        console = agreement.console
        key = "\(name)-\(terraform.deployment)"
    }

    private static func file(_ files: StateFiles) -> String {
        files.terraform + "/prov-import.tf"
    }

    private static func mark(_ files: StateFiles) -> String { files.path + "/.unfinished" }

    /// Whether a change of a deployment that was ready has begun, and nobody has seen its end.
    static func isUnfinished(_ files: StateFiles) -> Bool { Files.exists(mark(files)) }

    /// Notes that a change begins, after a kill of which the state may not know all.
    static func begin(_ files: StateFiles) throws { try Files.write("", to: mark(files)) }

    /// Notes that all is known.
    static func finish(_ files: StateFiles) throws { try Files.remove(mark(files)) }

    /// Removes what a killed one left among the template's files.
    static func clear(_ files: StateFiles) throws { try Files.remove(file(files)) }

    /// Takes into the state what the cloud has of the deployment; what is there twice, or is no
    /// longer wanted and was never ready, ends after it was named and agreed to.
    ///
    /// - Parameter ready: The names of the nodes that were ready once.
    /// - Returns: The names of the machines that were taken over.
    /// - Throws: ``CloudError/unwanted(name:nodes:)``, ``CloudError/severalNetworks(key:networks:)``, or a
    ///   ``ProvError`` without agreement, or if terraform fails.
    func takeOver(ready: Set<String>) async throws -> Set<String> {
        console.begin("looking for what the last run left")
        let known = try await terraform.ids()
        let found = try await cloud.deployment(key, known: allKnown(known))
        guard let found else { return [] }
        try found.refuseSeveralNetworks()
        for stranger in found.strangers { console.say(stranger.leftAlone) }
        var taken = Set(known.keys)
        var missing: [CloudDeployment.Resource] = []
        var extra: [CloudDeployment.Resource] = []
        var nameless: [String] = []
        for resource in found.resources where resource.isSure {
            // By its id: the address follows from its name tag, which somebody can have changed.
            if known.values.contains(resource.id) { continue }
            guard !resource.isMachine || resource.node != nil else {
                nameless.append(resource.id)
                continue
            }
            if taken.insert(resource.address).inserted {
                missing.append(resource)
            } else {
                extra.append(resource)
            }
        }
        guard nameless.isEmpty else {
            throw CloudError.nameless(name: terraform.files.name, ids: nameless)
        }
        for resource in found.resources
        where !resource.isSure && taken.insert(resource.address).inserted {
            if try await terraform.take(resource) { say("takes over", [resource]) }
        }
        try await end(extra, because: "there twice")
        try await take(missing, ready: ready)
        return Set(missing.compactMap(\.node))
    }

    private func take(_ resources: [CloudDeployment.Resource], ready: Set<String>) async throws {
        guard !resources.isEmpty else { return }
        let file = Self.file(terraform.files)
        let blocks = resources.map { "import {\n  to = \($0.address)\n  id = \"\($0.id)\"\n}\n" }
        try Files.write(blocks.joined(separator: "\n"), to: file)
        do {
            guard try await apply(resources) else {
                try Files.remove(file)
                return try await takeEach(resources)
            }
        } catch ProvError.failed(let command, let ending, let lines, let log) {
            try Files.remove(file)
            let unwanted = resources.filter { resource in
                lines.contains { $0.contains("import") && $0.contains(resource.address) }
            }
            guard !unwanted.isEmpty else {
                throw ProvError.failed(command: command, ending: ending, lines: lines, log: log)
            }
            let precious = unwanted.filter { resource in
                resource.node.map { ready.isEmpty || ready.contains($0) } ?? false
            }
            guard precious.isEmpty else {
                throw CloudError.unwanted(
                    name: key,
                    nodes: precious.map { "\($0.node ?? "") (\($0.id))" }
                )
            }
            try await end(unwanted, because: "no longer wanted")
            return try await take(resources.filter { !unwanted.contains($0) }, ready: ready)
        }
        try Files.remove(file)
        say("took over", resources)
    }

    /// Takes resources in with one apply, where that ends no machine.
    ///
    /// - Returns: Whether it did; otherwise the configs now ask for other machines than there are.
    private func apply(_ resources: [CloudDeployment.Resource]) async throws -> Bool {
        let plan = try MemoryFile(named: "import")
        _ = try await terraform.plan(into: plan.path, targets: resources.map(\.address)) { _ in }
        let shown = try await terraform.show(plan.path)
        let lost = Plan(json: shown)?.machines.contains {
            [.replace, .destroy].contains($0.action)
        }
        guard lost == false else { return false }
        try await terraform.apply(plan.path) { _ in }
        withExtendedLifetime(plan) {}
        return true
    }

    /// Takes resources in one by one, which changes the state alone: what the configs say of them comes
    /// with the next plan, which is shown and agreed to.
    private func takeEach(_ resources: [CloudDeployment.Resource]) async throws {
        for resource in resources where try await terraform.take(resource) {
            say("took over", [resource])
        }
    }

    /// What the state knows, and what the last good one knew: a network that has ended is still the only one
    /// that was the deployment's.
    private func allKnown(_ known: [String: String]) -> Set<String> {
        Set(known.values).union(StateRepair.keptIDs(terraform.files))
    }

    /// Returns what the cloud has of the deployment and the state does not know, after it was named and
    /// agreed to.
    ///
    /// - Parameter known: What the state knows: the ids by address.
    /// - Returns: What it does not know.
    /// - Throws: ``ProvError`` without agreement, or if terraform fails.
    func strays(besides known: [String: String]) async throws -> [CloudDeployment.Resource] {
        console.begin("looking for what the state does not know")
        let found = try await cloud.deployment(key, known: allKnown(known))
        guard let found else { return [] }
        let strays = found.resources.filter { resource in
            resource.isSure
                ? !known.values.contains(resource.id) : known[resource.address] == nil
        }
        try await obtain(for: strays, networks: found.networks)
        return strays
    }

    /// Ends what ``strays(besides:)`` found.
    func end(strays: [CloudDeployment.Resource]) async throws {
        guard !strays.isEmpty else { return }
        try await endNow(strays, because: "unknown to the state")
    }

    /// Ends whatever the cloud still has of the deployment.
    ///
    /// - Parameters:
    ///   - known: What the state knew before the end: the ids by address.
    ///   - strays: What it did not know, and was agreed to.
    /// - Throws: ``CloudError/leftOver(key:ids:)`` if it does not end, or that nobody agreed.
    func endRest(known: [String: String], strays: [CloudDeployment.Resource]) async throws {
        console.begin("looking for what is left")
        var agreed = Set(known.values).union(strays.map(\.id))
        let strangers = try await cloud.endAll(of: key, known: allKnown(known)) { found in
            let unnamed = found.filter { !agreed.contains($0.id) }
            do {
                try await obtain(for: unnamed)
            } catch ProvError.declined {
                throw CloudError.leftOver(key: key, ids: unnamed.map(\.id))
            }
            agreed.formUnion(unnamed.map(\.id))
        } onEnd: {
            say("ended", $0)
        }
        for stranger in strangers { console.say(stranger.leftAlone) }
    }

    /// Asks for the end of what includes a machine; the rest holds nothing, unless it is another's network.
    private func obtain(
        for resources: [CloudDeployment.Resource],
        networks: [String] = []
    ) async throws {
        // What may not exist is nothing to ask for.
        let seen = resources.filter(\.isSure)
        guard seen.contains(where: \.isMachine) || networks.count > 1 else { return }
        try await agreement.obtain(
            name: terraform.files.name,
            what: "what the state does not know too",
            resources: seen,
            networks: networks
        )
    }

    private func end(_ resources: [CloudDeployment.Resource], because reason: String) async throws {
        try await obtain(for: resources)
        try await endNow(resources, because: reason)
    }

    private func endNow(
        _ resources: [CloudDeployment.Resource],
        because reason: String
    ) async throws {
        let ended = try await cloud.end(resources.map(\.id))
        say("ended, \(reason):", resources.filter { ended.contains($0.id) })
    }

    private func say(_ verb: String, _ resources: [CloudDeployment.Resource]) {
        guard !resources.isEmpty else { return }
        let names = resources.map(\.label)
        console.say("\(verb) what a killed run left: \(names.joined(separator: ", "))")
    }
}

extension Cloud {
    /// Ends all of a deployment, and looks that nothing is left.
    ///
    /// - Parameters:
    ///   - key: The name, `-` and the id.
    ///   - known: The ids of what its state has or had.
    ///   - agree: Gets what is about to end; throws if it shall not.
    ///   - onEnd: Gets what existed and was ended.
    /// - Returns: What has the deployment's tags and was left alone, because it stands elsewhere.
    /// - Throws: ``CloudError/leftOver(key:ids:)`` if it does not end, ``CloudError/held(key:networks:)`` if
    ///   something else keeps it from that.
    func endAll(
        of key: String,
        known: Set<String> = [],
        agree: ([CloudDeployment.Resource]) async throws -> Void,
        onEnd: ([CloudDeployment.Resource]) -> Void
    ) async throws -> [CloudDeployment.Resource] {
        var strangers: [CloudDeployment.Resource] = []
        for _ in 0..<4 {
            let found = try await deployment(key, known: known)
            guard let found else { return strangers }
            strangers = found.strangers
            try await agree(found.seen)
            // To try what cannot end takes minutes.
            let held = found.resources.filter { !$0.holds.isEmpty }
            let ended = try await end(found.resources.filter(\.holds.isEmpty).map(\.id))
            if ended.isEmpty, !held.isEmpty {
                let networks = held.map { "\($0.id) (\($0.holds.joined(separator: " ")))" }
                throw CloudError.held(key: key, networks: networks)
            }
            // The listing lags behind what it lists.
            if ended.isEmpty { return strangers }
            onEnd(found.resources.filter { ended.contains($0.id) })
        }
        let left = try await deployment(key, known: known)?.seen.map(\.id) ?? []
        guard left.isEmpty else { throw CloudError.leftOver(key: key, ids: left) }
        return strangers
    }
}

extension CloudDeployment {
    /// Refuses to take one of several networks for the deployment's own.
    ///
    /// - Throws: ``CloudError/severalNetworks(key:networks:)``
    func refuseSeveralNetworks() throws(CloudError) {
        guard networks.count < 2 else {
            throw .severalNetworks(key: key, networks: networks)
        }
    }

    /// Refuses to go on with it by configs that name another region than the one in which it stands.
    ///
    /// - Parameters:
    ///   - asked: The configs' region; `nil` if they name none.
    ///   - shown: What may be shown of it.
    /// - Throws: ``CloudError/otherRegion(key:region:said:)``
    func refuseOtherRegion(_ asked: String?, shown: String?) throws(CloudError) {
        guard let asked, asked != region else { return }
        throw .otherRegion(key: key, region: region, said: shown ?? asked)
    }
}

extension CloudDeployment.Resource {
    /// What to say of one that is not the deployment's own.
    var leftAlone: String {
        "\(id) has the deployment's tags and stands outside its network: left alone"
    }

    /// Whether it is a machine, also one without a node's name.
    var isMachine: Bool { address.contains(".node[") }

    /// The node's name, for a machine.
    var node: String? {
        let parts = address.split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count == 3,
            Node(name: String(parts[1]), publicIP: "", privateIP: "", user: "") != nil
        else { return nil }
        return String(parts[1])
    }
}
