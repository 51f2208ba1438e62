import DeploymentState
import FoundationEssentials

/// A deployment as its resources' tags show it, whether or not a state directory is here.
struct CloudDeployment: Sendable, Hashable {
    /// A resource that terraform can take into a state.
    struct Resource: Sendable, Hashable {
        /// Its address in the template, such as `aws_instance.node["server-0"]`.
        let address: String
        /// What the cloud calls it.
        let id: String
        /// Whether it was seen; otherwise it may exist.
        let isSure: Bool
        /// Whether more than its tags, which can be copied, shows that it is the deployment's; what is
        /// not its own is never taken over nor ended.
        let isOwn: Bool
        /// The ids of what stands in it, has other tags, and keeps it from its end.
        let holds: [String]

        /// Its address and its id.
        var label: String { "\(address) (\(id))" }
    }

    let name: String
    /// The eight hexadecimal digits that tell it from others of the same name.
    let id: String
    let region: String
    let owner: String
    /// `nil` if it stays until deprovisioned, or nothing tells.
    let expiry: Moment?
    /// The availability zone; `nil` if it was not asked for, or nothing tells.
    let zone: String?
    /// The names of its living machines, sorted.
    let nodes: [String]
    /// The ids of its networks.
    ///
    /// A deployment makes one: of several that its tags show without a state, nobody knows which it is.
    let networks: [String]
    /// What is its own.
    let resources: [Resource]
    /// What has its tags and stands elsewhere, and networks other than the one that the state knows.
    let strangers: [Resource]

    /// The name and the id, as the tag `Deployment` has them.
    var key: String { "\(name)-\(id)" }

    /// What was seen of its own.
    var seen: [Resource] { resources.filter(\.isSure) }

    /// Whether its end was due.
    func isExpired(at now: Moment = .now) -> Bool { expiry.map { $0.date <= now.date } ?? false }

    /// Reads the output `deployments` out of what `terraform output -json` prints.
    ///
    /// Tags are anybody's words: what has no name that prov gives, or an id that no cloud gives, is not prov's,
    /// and passed over.
    ///
    /// - Throws: ``ProvError/badOutput(_:)`` if it does not have the shape of the contract.
    static func read(_ text: String) throws(ProvError) -> [CloudDeployment] {
        guard let elements = JSONValue(text)?["deployments"]?["value"]?.elements else {
            throw .badOutput(["cloud/: output \"deployments\" is no list"])
        }
        var deployments: [CloudDeployment] = []
        for (index, element) in elements.enumerated() {
            guard let deployment = CloudDeployment(element) else {
                throw .badOutput([
                    "cloud/: deployments[\(index)] lacks name, id, region, nodes or imports"
                ])
            }
            guard Provision.isName(deployment.name), isID(deployment.id) else { continue }
            deployments.append(deployment)
        }
        return deployments.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    private static func isID(_ text: String) -> Bool {
        text.utf8.count == 8 && text.utf8.allSatisfy("0123456789abcdef".utf8.contains)
    }

    private init?(_ value: JSONValue) {
        guard let name = value["name"]?.string, let id = value["id"]?.string,
            let region = value["region"]?.string, let nodes = value["nodes"]?.elements,
            let imports = value["imports"]?.elements
        else { return nil }
        var resources: [Resource] = []
        for entry in imports {
            guard let address = entry["to"]?.string, let id = entry["id"]?.string else {
                return nil
            }
            // It becomes a word of a command, and part of a list. Those of key pairs are deployments' names.
            guard Provision.isName(id) else { continue }
            resources.append(
                Resource(
                    address: address,
                    id: id,
                    isSure: entry["sure"] != .bool(false),
                    isOwn: entry["own"] != .bool(false),
                    holds: entry["holds"]?.elements?.compactMap(\.string) ?? []
                )
            )
        }
        self.name = name
        self.id = id
        self.region = region
        self.nodes = nodes.compactMap(\.string)
        networks = value["networks"]?.elements?.compactMap(\.string) ?? []
        self.resources = resources.filter(\.isOwn)
        strangers = resources.filter { !$0.isOwn }
        owner = value["owner"]?.string ?? ""
        zone = value["zone"]?.string
        let expires = value["expires"]?.string ?? ""
        // Anything else, such as "never", is no time.
        expiry = (try? Date(expires, strategy: .iso8601)).map { Moment(date: $0) }
    }
}
