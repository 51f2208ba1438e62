import Inventory
import Usage

/// `prov reap`: ends the deployments whose time is over.
enum Reap: Subcommand {
    static let usage = Usage(
        "prov reap",
        summary: "Ends the deployments that have expired, after showing which they are.",
        example: "prov reap --cloud configs/credentials.yml --region us-east-1",
        operands: [CloudCall.configs],
        options: CloudCall.options + [
            .init("yes", "do not ask; without it and without a terminal nothing is ended")
        ]
    )

    static func run(_ arguments: Arguments, console: Console) async throws {
        let here = Here.directories(say: console.say)
        let local = here.filter { directory in
            directory.record.expiresAt.map { $0 <= Moment.now.date } ?? false
        }
        guard arguments.flag("cloud") else {
            try DeploymentsInCloud.refuseConfigs(arguments)
            try await end(local, [], arguments: arguments, call: nil, console: console)
            return
        }
        try await CloudCall.with(arguments) { call in
            console.begin("looking in \(call.region)")
            let expired = try await call.cloud.deployments().filter { $0.isExpired() }
            console.end()
            // What the cloud says counts: another prov may have put the end off.
            let known = expired.compactMap { here.first(of: $0) }
            let others = local.filter { directory in
                !known.contains(directory) && !Cloud.exists(in: directory.files.terraform)
            }
            let strangers = expired.filter { here.first(of: $0) == nil }
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
        _ strangers: [CloudDeployment],
        arguments: Arguments,
        call: CloudCall?,
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
            + strangers.map { deployment in
                [
                    deployment.name, deployment.id, "\(deployment.nodes.count)",
                    ago(deployment.expiry), deployment.owner, "not here",
                ]
            }
        for line in Table.lines([head] + rows) { console.print(line) }
        let question = Question(console: console)
        guard arguments.flag("yes") || question.canAsk else {
            return console.print("nothing was ended: there is no terminal to ask at; say --yes")
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
                ) { record in try await refuseExtended(record, call: call) }
            }
        }
        for deployment in strangers {
            guard let call else { continue }
            await attempt(deployment.key, &failures) {
                guard let now = try await call.cloud.deployment(deployment.key) else { return }
                try refuse(now.name, until: now.expiry)
                try await DeploymentsInCloud.end(now, call: call, console: console)
            }
        }
        try Task.checkCancellation()
        guard failures.isEmpty else { throw CloudError.several(failures) }
    }

    /// Looks again, with the deployment's lock held, whether it has expired.
    private static func refuseExtended(_ record: DeploymentRecord, call: CloudCall?) async throws {
        var expiry = record.expiresAt.map { Moment(date: $0) }
        // What the cloud says counts, where it says something.
        if let call, let found = try await call.cloud.deployment("\(record.name)-\(record.id)") {
            expiry = found.expiry
        }
        try refuse(record.name, until: expiry)
    }

    private static func refuse(_ name: String, until expiry: Moment?) throws {
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
}
