import DeploymentState
import Usage

/// `prov reap`: ends the deployments whose time is over.
enum Reap: Subcommand {
    static let usage = Usage(
        "prov reap",
        summary: "Ends the deployments that have expired, after showing which they are.",
        example: "prov reap --cloud configs/credentials.yml --region us-east-1",
        operands: [CloudCall.configs],
        options: CloudCall.options + [
            ThisHost.option,
            .init("yes", "do not ask; without it and without a terminal nothing is ended"),
        ]
    )

    static func run(_ arguments: Arguments, console: Console) async throws {
        let here = Here.directories(say: console.say)
        let local = here.filter { directory in
            directory.record.expiresAt.map { $0 <= Moment.now.date } ?? false
        }
        if arguments.flag("host") {
            let host = try ThisHost(arguments)
            let expired = try await host.deployments().filter { $0.isExpired() }
            let known = expired.compactMap { DeploymentsOnHost.directory(of: $0) }
            let strangers = expired.filter { DeploymentsOnHost.directory(of: $0) == nil }.map {
                Stranger($0, host: host, console: console)
            }
            let others = local.filter { directory in
                !known.contains { $0.record.id == directory.record.id }
            }
            return try await end(known + others, strangers, arguments: arguments, console: console)
        }
        guard arguments.flag("cloud") else {
            try DeploymentsInCloud.refuseConfigs(arguments)
            return try await end(local, [], arguments: arguments, console: console)
        }
        try await CloudCall.with(arguments, console: console) { call in
            console.begin("looking in \(call.region)")
            let found = try await call.cloud.deployments()
            let expired = found.filter { $0.isExpired() }
            try await DeploymentsInCloud.sayElsewhere(
                local,
                found: found,
                call: call,
                console: console
            )
            console.end()
            // What the cloud says counts: another prov may have put the end off.
            let known = expired.compactMap { here.first(of: $0) }
            let others = local.filter { directory in
                !known.contains(directory) && !Cloud.exists(in: directory.files.terraform)
            }
            var strangers: [Stranger] = []
            for found in expired where here.first(of: found) == nil {
                // Once more with what only the whole name leads to.
                let whole = try await call.cloud.deployment(found.key) ?? found
                strangers.append(Stranger(whole, call: call, console: console))
            }
            console.end()
            try await end(
                known + others,
                strangers,
                arguments: arguments,
                call: call,
                console: console
            )
        }
    }

    private static func end(
        _ directories: [StateDirectory],
        _ strangers: [Stranger],
        arguments: Arguments,
        call: CloudCall? = nil,
        console: Console
    ) async throws {
        guard !directories.isEmpty || !strangers.isEmpty else {
            return console.print("nothing has expired")
        }
        let head = ["name", "id", "nodes", "expired", "owner", "state directory"]
        let rows =
            directories.map { directory in
                [
                    directory.name, directory.record.id, "\(directory.inventory.nodes.count)",
                    ago(directory.record.expiresAt.map { Moment(date: $0) }),
                    directory.record.createdBy, directory.path,
                ]
            }
            + strangers.map { stranger in
                [
                    stranger.name, stranger.id, "\(stranger.count)", ago(stranger.expiry),
                    stranger.owner, "not here",
                ]
            }
        for line in Table.lines([head] + rows) { console.print(line) }
        for stranger in strangers where !stranger.names.isEmpty {
            console.say("\(stranger.key): \(stranger.names.joined(separator: ", "))")
        }
        let question = Question(console: console)
        guard arguments.flag("yes") || question.canAsk else {
            let why = "there is no terminal on which to ask; pass --yes"
            return console.print("nothing was ended: \(why)")
        }
        if !arguments.flag("yes") {
            let count = directories.count + strangers.count
            let what = count == 1 ? "this deployment" : "these \(count) deployments"
            guard try await question.isConfirmed("end \(what)? [y/N] ") else {
                return console.print("nothing was ended")
            }
        }
        var failures: [String] = []
        // Time has gone by, in which others may have put an end off: each is looked at once more.
        for directory in directories {
            await attempt(directory.name, &failures) {
                try await Deprovision.end(
                    directory.files,
                    arguments: arguments,
                    console: console
                ) { record in
                    var place = call.map { Look(cloud: $0.cloud, known: []) }
                    if place == nil {
                        place = try await look(record, directory.files, arguments, console)
                    }
                    try await refuseExtended(record, directory.files, place)
                }
            }
        }
        for stranger in strangers {
            await attempt(stranger.key, &failures) { try await stranger.end() }
        }
        try Task.checkCancellation()
        guard failures.isEmpty else { throw CloudError.several(failures) }
    }

    /// Looks again, with the deployment's lock held, whether it has expired.
    private static func refuseExtended(
        _ record: DeploymentRecord,
        _ files: StateFiles,
        _ look: Look?
    ) async throws {
        var expiry = record.expiresAt.map { Moment(date: $0) }
        // What the machines' own place says counts, where it says something.
        if let look {
            let key = "\(record.name)-\(record.id)"
            if let found = try await look.cloud.deployment(key, known: look.known) {
                expiry = found.expiry
            }
        } else if let host = ThisHost(copy: files.terraform) {
            let all = try await host.deployments()
            if let found = all.first(where: { $0.id == record.id }) { expiry = found.expiry }
        }
        try refuse(record.name, until: expiry)
    }

    /// Where to look for a deployment's machines.
    private struct Look {
        let cloud: Cloud
        /// The ids that its state knows: copied tags say nothing of its end.
        let known: Set<String>
    }

    /// Prepares to look with a deployment's own template; `nil` for one that finds nothing in a cloud.
    private static func look(
        _ record: DeploymentRecord,
        _ files: StateFiles,
        _ arguments: Arguments,
        _ console: Console
    ) async throws -> Look? {
        guard Cloud.exists(in: files.terraform) else { return nil }
        let asked = arguments.value("terraform")
        let terraform = try Deprovision.terraform(record, files, asked, console)
        try await terraform.initialize { console.begin("terraform init") }
        let known = Set(try await terraform.ids().values)
        return Cloud(of: terraform).map { Look(cloud: $0, known: known) }
    }

    static func refuse(_ name: String, until expiry: Moment?) throws {
        if let expiry, expiry.date <= Moment.now.date { return }
        throw ProvError.extended(name: name, until: expiry?.text ?? "no time")
    }

    /// One that cannot be ended must not keep the others alive.
    private static func attempt(
        _ name: String,
        _ failures: inout [String],
        _ body: () async throws -> Void
    ) async {
        guard !Task.isCancelled else { return }
        do {
            try await body()
        } catch {
            failures.append("\(name): \(error)")
        }
    }

    private static func ago(_ moment: Moment?) -> String {
        moment.map { "\($0.age()) ago" } ?? "-"
    }

    /// An expired deployment without a state directory here.
    private struct Stranger {
        let name: String
        let id: String
        let key: String
        let count: Int
        let owner: String
        let expiry: Moment?
        /// What only tags show, by name.
        let names: [String]
        /// Looks again and ends it.
        let end: () async throws -> Void

        init(_ found: CloudDeployment, call: CloudCall, console: Console) {
            (name, id, key, owner) = (found.name, found.id, found.key, found.owner)
            (count, expiry) = (found.nodes.count, found.expiry)
            names = found.seen.map(\.label)
            end = {
                guard let now = try await call.cloud.deployment(found.key) else { return }
                try Reap.refuse(now.name, until: now.expiry)
                try now.refuseSeveralNetworks()
                // Only what was named.
                try await DeploymentsInCloud.end(found, call: call, console: console)
            }
        }

        init(_ found: HostDeployment, host: ThisHost, console: Console) {
            (name, id, key, owner) = (found.name, found.id, found.key, found.owner)
            (count, expiry) = (found.nodes.count, found.expiry)
            names = []
            end = {
                let now = try await host.deployments().first { $0.id == found.id }
                guard let now else { return }
                try Reap.refuse(now.key, until: now.expiry)
                try await DeploymentsOnHost.end(now, host: host, console: console)
            }
        }
    }
}
