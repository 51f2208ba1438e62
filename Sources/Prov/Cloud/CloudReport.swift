import DeploymentState

/// A deployment in the cloud as `list --cloud` shows it; the names are those of the JSON.
struct CloudReport: Sendable, Encodable {
    let name: String
    let id: String
    let region: String
    let owner: String
    let nodes: [String]
    /// Absent if it stays until deprovisioned.
    let expires_at: String?
    let expired: Bool
    /// Absent if none is here.
    let state_directory: String?
    /// When it was provisioned, as its state directory says; absent without one.
    let created_at: String?

    private let deployment: CloudDeployment
    private let age: String?

    private enum CodingKeys: String, CodingKey {
        case name, id, region, owner, nodes, expires_at, expired, state_directory, created_at
    }

    init(_ deployment: CloudDeployment, here: StateDirectory?) {
        self.deployment = deployment
        name = deployment.name
        id = deployment.id
        region = deployment.region
        owner = deployment.owner
        nodes = deployment.nodes
        expires_at = deployment.expiry?.text
        expired = deployment.isExpired()
        state_directory = here?.path
        let created = here.map { Moment(date: $0.record.createdAt) }
        created_at = created?.text
        age = created?.age()
    }

    /// The columns' names.
    static let head = [
        "name", "id", "region", "nodes", "age", "expires in", "owner", "state directory",
    ]

    /// The columns.
    var row: [String] {
        [
            name, id, region, "\(nodes.count)", age ?? "-",
            deployment.expiry?.remaining() ?? "never", owner, state_directory ?? "not here",
        ]
    }
}

/// The state directories in the current directory and in `$PROV_HOME`.
enum Here {
    /// Returns them all; one that is broken or not ours is said, and hides no other.
    static func directories(say: (String) -> Void) -> [StateDirectory] {
        let here = Files.currentDirectory
        let home = Files.environment("PROV_HOME").map { Files.absolute($0) }
        let folders = [here] + [home].compactMap(\.self).filter { $0 != here }
        let found = folders.flatMap { folder in
            StateDirectory.names(in: folder).map { StateFiles("\(folder)/\($0)") }
        }
        return found.compactMap { files in
            do {
                return try StateDirectory(files)
            } catch {
                say("prov: \(error)")
                return nil
            }
        }
    }
}

extension [StateDirectory] {
    /// The one of a deployment; one that stands in another region is none, whatever its tags say.
    func first(of deployment: CloudDeployment) -> StateDirectory? {
        first { directory in
            let region = directory.record.place?["region"] ?? deployment.region
            return directory.record.id == deployment.id && directory.record.name == deployment.name
                && Place.isOne(region, deployment.region)
        }
    }
}
