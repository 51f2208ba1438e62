import DeploymentState

/// What one of terraform's state files knows, enough to see whether another one knew more.
struct StateSnapshot: Sendable, Hashable {
    /// The number of its version.
    let serial: Double
    /// What all versions of one state have in common; `nil` if it does not say.
    let lineage: String?
    /// The addresses of what terraform made.
    let addresses: Set<String>

    /// Reads a state; `nil` if it is not whole.
    init?(json text: String) {
        let json = JSONValue(text)
        guard case .number(let serial) = json?["serial"] else { return nil }
        self.serial = serial
        lineage = json?["lineage"]?.string
        let resources = (json?["resources"]?.elements ?? []).filter {
            $0["mode"]?.string == "managed"
        }
        addresses = Set(
            resources.flatMap { resource in
                let parts = ["module", "type", "name"].compactMap { resource[$0]?.string }
                return (resource["instances"]?.elements ?? []).map { instance in
                    let key = instance["index_key"]
                    let index =
                        key?.string.map { "[\"\($0)\"]" } ?? key?.scalarText.map { "[\($0)]" }
                    return parts.joined(separator: ".") + (index ?? "")
                }
            }
        )
    }

    /// The addresses of the machines among them, as the template contract names them.
    var nodes: Set<String> { addresses.filter(Self.isNode) }

    /// Whether an address is a machine's.
    static func isNode(_ address: String) -> Bool { address.contains(".node[") }

    /// What this one does not know of what `other` did, sorted.
    func lacks(of other: StateSnapshot) -> [String] {
        other.addresses.subtracting(addresses).sorted()
    }

    /// Whether `kept`, the last good one, is the one to go on from: this one is older, another deployment's, or the same
    /// version with less in it.
    func isBehind(_ kept: StateSnapshot) -> Bool {
        serial < kept.serial || lineage != kept.lineage
            || (serial == kept.serial && !lacks(of: kept).isEmpty)
    }
}
