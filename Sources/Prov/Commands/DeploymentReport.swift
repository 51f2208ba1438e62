import DeploymentState
import FoundationEssentials

/// A deployment as `status` and `list` show it; the names are those of the JSON.
struct DeploymentReport: Sendable, Encodable {
    struct NodeReport: Sendable, Encodable {
        let name: String
        let group: String
        let public_ip: String
        let private_ip: String
        let user: String
        let port: Int
        /// Whether it takes a connection at its SSH port; absent where nobody looked.
        let answers: Bool?
    }

    let name: String
    let status: String
    let template: String
    let id: String
    let path: String
    let created_at: String
    let created_by: String
    let expires_at: String?
    /// How long until then, or "expired"; absent without an end.
    let expires_in: String?
    /// What the machines cost; absent if they cost nothing, or a part is unknown.
    let usd_per_hour: Double?
    /// Who works on it now; absent if nobody does.
    let held_by: String?
    /// What terraform, or a script that it runs, said last; absent if nobody works on it.
    let doing: String?
    let nodes: [NodeReport]

    /// How long ago it was made.
    let age: String

    /// What the machines cost, in words.
    let cost: String

    private enum CodingKeys: String, CodingKey {
        case name, status, template, id, path, created_at, created_by, expires_at, expires_in
        case usd_per_hour, held_by, doing, nodes, age
    }

    /// - Parameters:
    ///   - directory: The deployment's.
    ///   - answering: The names of the nodes that take a connection; `nil` if nobody looked.
    init(_ directory: StateDirectory, answering: Set<String>? = nil) {
        let record = directory.record
        name = directory.files.name
        status = record.status.rawValue
        template = Files.split(record.template).name
        id = record.id
        path = directory.path
        created_at = Moment(date: record.createdAt).text
        created_by = record.createdBy
        expires_at = record.expiresAt.map { Moment(date: $0).text }
        expires_in = record.expiresAt.map { Moment(date: $0).remaining() }
        // Without prices the report is as good.
        let sum = Cost(
            of: directory.inventory.nodes,
            try? PriceTable.find(template: record.template)
        )
        usd_per_hour = sum.total
        cost = sum.text
        let isHeld = DeploymentLock.isHeld(directory.files)
        held_by = isHeld ? DeploymentLock.holder(directory.files) ?? "another prov" : nil
        doing = isHeld ? LogFile.lastLine(in: directory.files) : nil
        nodes = directory.inventory.nodes.map { node in
            NodeReport(
                name: node.name,
                group: node.group,
                public_ip: node.publicIP,
                private_ip: node.privateIP,
                user: node.user,
                port: node.port,
                answers: answering?.contains(node.name)
            )
        }
        age = Moment(date: record.createdAt).age()
    }

    /// The status, and who is at work or that nobody is.
    var statusText: String {
        if let held_by { return "\(status) (\(held_by))" }
        if expires_in == "expired" { return "\(status) (expired)" }
        return status == "provisioning" ? "provisioning (interrupted: provision again)" : status
    }

    /// Returns this report as JSON.
    func json() throws -> String { try Self.json(self) }

    /// Returns reports as JSON.
    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
