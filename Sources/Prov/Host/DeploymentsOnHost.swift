import DeploymentState
import Usage

/// What `list`, `deprovision` and `reap` do with `--host`.
enum DeploymentsOnHost {
    /// A deployment as `list --host` shows it; the names are those of the JSON.
    private struct Report: Encodable {
        let name: String
        let id: String
        let owner: String
        let nodes: [String]
        let running: Int
        let created_at: String?
        let expires_at: String?
        let expired: Bool
        /// Absent if it has gone.
        let state_directory: String?
    }

    /// Prints every deployment on this host.
    static func list(_ arguments: Arguments, console: Console) async throws {
        let found = try await ThisHost(arguments).deployments()
        guard !arguments.flag("json") else {
            let reports = found.map { deployment in
                Report(
                    name: deployment.name,
                    id: deployment.id,
                    owner: deployment.owner,
                    nodes: deployment.nodes,
                    running: deployment.running,
                    created_at: deployment.created?.text,
                    expires_at: deployment.expiry?.text,
                    expired: deployment.isExpired(),
                    state_directory: place(of: deployment)
                )
            }
            return console.print(try DeploymentReport.json(reports))
        }
        guard !found.isEmpty else { return console.print("no deployments on this host") }
        for line in Table.lines([head] + found.map(row)) { console.print(line) }
    }

    private static let head = [
        "name", "id", "nodes", "running", "age", "expires in", "owner", "state directory",
    ]

    private static func row(_ deployment: HostDeployment) -> [String] {
        [
            deployment.name.isEmpty ? "-" : deployment.name, deployment.id,
            "\(deployment.nodes.count)", "\(deployment.running)", deployment.created?.age() ?? "-",
            deployment.expiry?.remaining() ?? "never",
            deployment.owner.isEmpty ? "-" : deployment.owner,
            place(of: deployment) ?? "gone",
        ]
    }

    /// Where the deployment's state directory is, also if it is another user's, whose machines are not
    /// to be taken for forgotten ones; `nil` if it has gone.
    static func place(of deployment: HostDeployment) -> String? {
        if let found = directory(of: deployment) { return found.path }
        do {
            try StateFiles(deployment.directory).requireOwn()
            return nil
        } catch {
            return deployment.directory
        }
    }

    /// The deployment's state directory; `nil` if it has gone, is not ours, or another stands there.
    static func directory(of deployment: HostDeployment) -> StateDirectory? {
        guard !deployment.directory.isEmpty,
            // One that cannot be read, or is not ours, is none that could end it.
            let found = try? StateDirectory(StateFiles(deployment.directory)),
            found.record.id == deployment.id
        else { return nil }
        return found
    }

    /// Ends a deployment, with its state directory where that is there.
    static func deprovision(_ arguments: Arguments, console: Console) async throws {
        let host = try ThisHost(arguments)
        let found = try await host.find(arguments.operand("NAME"))
        let agreement = Agreement(console: console, isGiven: arguments.flag("yes"))
        if let directory = directory(of: found) {
            console.say("\(directory.path) is here; ending it from there")
            return try await Deprovision.end(
                directory.files,
                arguments: arguments,
                console: console
            ) { record in try await agreement.obtain(for: directory, record: record) }
        }
        let owner = found.owner.isEmpty ? "nobody knows whom" : found.owner
        let count = found.nodes.count == 1 ? "1 node" : "\(found.nodes.count) nodes"
        try await agreement.obtain(
            name: found.key,
            what: "\(count) of \(owner) on this host",
            names: found.nodes
        )
        try await end(found, host: host, console: console)
    }

    /// Ends a deployment that has no state directory.
    static func end(_ found: HostDeployment, host: ThisHost, console: Console) async throws {
        let start = ContinuousClock.now
        console.begin("ending \(found.key)")
        try await host.end(found)
        console.end()
        console.print("\(found.key) is gone after \((ContinuousClock.now - start).seconds)")
    }
}
