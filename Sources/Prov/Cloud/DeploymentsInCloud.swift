import DeploymentState
import Usage

/// What `list` and `deprovision` do with `--cloud`.
enum DeploymentsInCloud {
    /// Refuses configs, region and template in a call without `--cloud`, which reads none.
    static func refuseConfigs(_ arguments: Arguments) throws {
        let options = ["region", "template"].filter { arguments.value($0) != nil }.map { "--\($0)" }
        guard let word = (arguments.all("CONFIG") + options).first else { return }
        throw UsageError("\"\(word)\" needs --cloud", usage: arguments.usage)
    }

    /// Prints every deployment in the region.
    static func list(_ arguments: Arguments, console: Console) async throws {
        let here = Here.directories(say: console.say)
        let (region, found) = try await CloudCall.with(arguments, console: console) { call in
            console.begin("looking in \(call.region)")
            let found = try await call.cloud.deployments()
            try await sayElsewhere(here, found: found, call: call, console: console)
            return (call.region, found)
        }
        console.end()
        let reports = found.map { CloudReport($0, here: here.first(of: $0)) }
        guard !arguments.flag("json") else {
            return console.print(try DeploymentReport.json(reports))
        }
        guard !reports.isEmpty else { return console.print("no deployments in \(region)") }
        for line in Table.lines([CloudReport.head] + reports.map(\.row)) { console.print(line) }
        for deployment in found where deployment.networks.count > 1 {
            let networks = deployment.networks.joined(separator: " ")
            console.say("\(deployment.key): \(networks) all have its tags, and only one is its own")
        }
    }

    /// Says which deployments here were made in another account, partition or endpoint than where it looked.
    ///
    /// - Parameters:
    ///   - here: Those that have a state directory here.
    ///   - found: Those that are there, of which nothing needs to be said.
    ///   - call: Where it looked.
    ///   - console: Where it says so.
    /// - Throws: That terraform fails.
    static func sayElsewhere(
        _ here: [StateDirectory],
        found: [CloudDeployment],
        call: CloudCall,
        console: Console
    ) async throws {
        let missing = here.filter { directory in
            directory.record.place != nil && !found.contains { [directory].first(of: $0) != nil }
        }
        guard !missing.isEmpty, call.cloud.canIdentify else { return }
        console.begin("asking whose account it is")
        let place = try await Place.found(by: call.cloud)
        console.end()
        for directory in missing {
            var made = directory.record.place ?? [:]
            // One looks in one region at a time; that others stand in another is no fault.
            made["region"] = place["region"]
            guard let fault = Place.difference(made, place, name: directory.name) else { continue }
            console.say("\(fault)")
        }
    }

    /// Ends a deployment by its tags, or with its state directory where that is here.
    static func deprovision(_ arguments: Arguments, console: Console) async throws {
        try await CloudCall.with(arguments, console: console) { call in
            console.begin("looking in \(call.region)")
            let listed = try await call.find(arguments.operand("NAME"))
            // Once more with what only the whole name leads to.
            let found = try await call.cloud.deployment(listed.key) ?? listed
            console.end()
            if let here = Here.directories(say: console.say).first(of: found) {
                console.say("\(here.path) is here; ending it from there")
                let agreement = Agreement(console: console, isGiven: arguments.flag("yes"))
                return try await Deprovision.end(
                    here.files,
                    arguments: arguments,
                    console: console
                ) { record in try await agreement.obtain(for: here, record: record) }
            }
            try await Agreement(console: console, isGiven: arguments.flag("yes")).obtain(
                name: found.key,
                what: "\(found.nodes.count) nodes of \(found.owner) in \(found.region)",
                resources: found.seen,
                networks: found.networks
            )
            try await end(found, call: call, console: console)
        }
    }

    /// Ends what was found of a deployment by its tags, all of which was named and agreed to.
    static func end(_ found: CloudDeployment, call: CloudCall, console: Console) async throws {
        let start = ContinuousClock.now
        console.begin("ending \(found.key)")
        let named = Set(found.resources.map(\.id))
        let strangers = try await call.cloud.endAll(of: found.key) { unnamed in
            let new = unnamed.map(\.id).filter { !named.contains($0) }
            guard new.isEmpty else { throw CloudError.leftOver(key: found.key, ids: new) }
        } onEnd: { resources in
            for resource in resources {
                console.say("  removed \(resource.address) (\(resource.id))")
            }
        }
        console.end()
        for stranger in strangers { console.say(stranger.leftAlone) }
        console.print("\(found.key) is gone after \((ContinuousClock.now - start).seconds)")
    }
}
