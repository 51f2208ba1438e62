import DeploymentState

extension Provision {
    /// What one `provision` does once its configs are read and the deployment is ours.
    struct Work {
        let template: TemplateFolder
        let settings: Settings
        let files: StateFiles
        let console: Console
        let isConsentGiven: Bool
        /// Whether host keys that the template does not give are asked for.
        let asksNodes: Bool
        /// Whether the keys that machines show are taken where nothing else tells them.
        var trustsFirstKey = false
        /// Whether it is known that machines have gone by other means.
        var mayBeGone = false

        /// Makes the machines and writes the files about them.
        ///
        /// - Parameter record: Follows how far it got; on disk it does so from the first change on.
        /// - Returns: The nodes.
        /// - Throws: ``ProvError`` without consent, or if terraform fails or a node does not answer.
        func make(_ record: inout DeploymentRecord) async throws -> Inventory {
            let keys = try await KeyPair.prepare(
                publicKey: settings.path("public_key_path"),
                privateKey: settings.path("private_key_path"),
                files: files
            )
            record.identity = keys.identity
            record.configs = settings.sources
            record.system = settings.text("system")
            let copy = TemplateCopy(files: files)
            try copy.update(from: template)
            let repair = StateRepair(record, files: files, say: console.say)
            try repair.mend()
            try await terraform(record).initialize { console.begin("terraform init") }
            try terraform(record).requireOwnState()
            try await Place.check(&record, terraform(record), mayRecord: true, console: console)
            let isSound = try await repair.isSound(terraform(record), mayBeGone: mayBeGone)
            let known = try StateDirectory(files).inventory.nodes
            let adopted = try await heal(record, known: known, isSound: isSound)
            let hasChanged = try await tryZones(
                &record,
                known: adopted.union(known.map(\.name)),
                copy: copy
            )
            var nodes = try NodesOutput.nodes(in: try await terraform(record).output())
            nodes = NodeFiles.keepKeys(nodes, known: known, hasChanged: hasChanged)
            nodes = try await completeKeys(nodes, terraform(record))
            let inventory = Inventory(nodes)
            try NodeFiles.write(inventory, record: record, files: files)
            try Files.write(settings.config.rendered(), to: files.config)
            record.status = .ready
            try record.write(to: files.record)
            try StateHeal.finish(files)
            return inventory
        }

        /// After an unclean end, or with a state that may not know all, takes over what is in the cloud.
        ///
        /// - Returns: The names of the machines among it.
        private func heal(
            _ record: DeploymentRecord,
            known: [Node],
            isSound: Bool
        ) async throws -> Set<String> {
            try StateHeal.clear(files)
            let terraform = terraform(record)
            let isUnclean =
                record.status != .ready || !isSound || StateHeal.isUnfinished(files)
            guard record.mayHaveMade(in: files), isUnclean,
                let heal = StateHeal(
                    terraform,
                    name: record.name,
                    agreement: Agreement(console: console, isGiven: isConsentGiven)
                )
            else { return [] }
            return try await heal.takeOver(ready: Set(known.map(\.name)))
        }

        /// Applies in the first zone that has room.
        ///
        /// Only a deployment without a machine that was ready once goes to another zone: all its
        /// machines stand in one, and what was begun elsewhere is replaced.
        private func tryZones(
            _ record: inout DeploymentRecord,
            known: Set<String>,
            copy: TemplateCopy
        ) async throws -> Bool {
            let zones = Zones(settings, template: template)
            let order = zones.order(from: record.zone, isFixed: !known.isEmpty)
            var consent: Consent? = Consent(console: console, isGiven: isConsentGiven)
            var hasBegun = false
            for (number, zone) in order.enumerated() {
                record.zone = zone
                let shown = zones.shown(zone)
                do {
                    return try await apply(
                        &record,
                        known: known,
                        copy: copy,
                        consent: consent,
                        hasBegun: &hasBegun
                    )
                } catch {
                    guard let lack = Capacity.lack(in: error) else { throw error }
                    guard known.isEmpty else {
                        throw ProvError.noMoreCapacity(name: record.name, zone: shown, last: lack)
                    }
                    guard number + 1 < order.count else {
                        throw ProvError.noCapacity(zones: order.map(zones.shown), last: lack)
                    }
                    let next = zones.shown(order[number + 1])
                    console.say("\(shown) has no room: \(lack)")
                    console.say("trying \(next); what was begun in \(shown) ends first")
                    // The same machines at the same price, once they were agreed to.
                    if hasBegun { consent = nil }
                }
            }
            return try await apply(
                &record,
                known: known,
                copy: copy,
                consent: consent,
                hasBegun: &hasBegun
            )
        }

        private func apply(
            _ record: inout DeploymentRecord,
            known: Set<String>,
            copy: TemplateCopy,
            consent: Consent?,
            hasBegun: inout Bool
        ) async throws -> Bool {
            var begun = record
            begun.status = .provisioning
            begun.wasApplied = true
            let change = Change(
                terraform: terraform(record),
                console: console,
                template: template,
                settings: settings,
                expiry: record.expiresAt.map { Moment(date: $0) },
                known: known,
                keptConfig: files.config,
                mayBeGone: mayBeGone
            )
            var begins = false
            defer { hasBegun = hasBegun || begins }
            do {
                let hasChanged = try await change.make(consent: consent) {
                    try Files.write(settings.config.rendered(), to: files.config)
                    try begun.write(to: files.record)
                    try copy.markApplied()
                    begins = true
                }
                if begins { record.wasApplied = true }
                return hasChanged
            } catch {
                if begins { record = begun }
                throw error
            }
        }

        private func terraform(_ record: DeploymentRecord) -> Terraform {
            Terraform(
                program: record.terraform,
                files: files,
                deployment: record.id,
                variables: settings.variables(template: template, record: record, files: files),
                secrets: settings.secrets
            )
        }

        private func completeKeys(_ nodes: [Node], _ terraform: Terraform) async throws -> [Node] {
            let count = nodes.count { $0.hostKey == nil }
            guard count > 0 else { return nodes }
            guard asksNodes else {
                console.say(
                    "the host keys of \(count) of \(nodes.count) nodes are not known, so ssh refuses "
                        + "them; provision again without --no-ssh"
                )
                return nodes
            }
            return try await HostKeys(terraform, console: console)
                .complete(nodes, trustsFirstKey: trustsFirstKey)
        }
    }
}

/// What the state directory says of the nodes.
enum NodeFiles {
    /// Takes over the keys that were seen before, for machines that are the same ones.
    ///
    /// A machine is the same if terraform has changed nothing, or its address and the id that the
    /// cloud gave it are what they were.
    static func keepKeys(_ nodes: [Node], known: [Node], hasChanged: Bool) -> [Node] {
        nodes.map { node in
            let same = known.first { $0.name == node.name && $0.publicIP == node.publicIP }
            guard node.hostKey == nil, let same, let key = same.hostKey, same.port == node.port
            else {
                return node
            }
            let id = node.vars["instance_id"]
            guard !hasChanged || (id != nil && id == same.vars["instance_id"]) else { return node }
            return node.with(hostKey: key)
        }
    }

    /// Writes `known_hosts`, `ssh_config` and `inventory`.
    static func write(_ inventory: Inventory, record: DeploymentRecord, files: StateFiles) throws {
        let identity =
            record.identity.hasPrefix("/") ? record.identity : "\(files.path)/\(record.identity)"
        try Files.write(SSHFiles.knownHosts(for: inventory.nodes), to: files.knownHosts)
        try Files.write(
            SSHFiles.config(
                for: inventory.nodes,
                identityFile: identity,
                knownHostsFile: files.knownHosts
            ),
            to: files.sshConfig
        )
        try Files.write(
            inventory.ini(identityFile: identity, knownHostsFile: files.knownHosts),
            to: files.inventory
        )
    }
}
