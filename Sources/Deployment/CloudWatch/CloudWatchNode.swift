import DeploymentState

/// A node that is a machine of EC2, as the template's variables tell it.
struct CloudWatchNode: Sendable, Hashable {
    let name: String
    let instance: String
    let region: String

    /// Takes a node's `instance_id` and `availability_zone`; `nil` if it is no machine of EC2.
    ///
    /// - Throws: ``CloudWatchError/noRegion(node:zone:)``.
    init?(_ node: Node) throws(CloudWatchError) {
        guard let instance = node.vars["instance_id"], instance.wholeMatch(of: /i-[0-9a-f]+/) != nil
        else { return nil }
        let zone = node.vars["availability_zone"]
        guard let region = zone.flatMap(Self.region) else {
            throw .noRegion(node: node.name, zone: zone)
        }
        self.name = node.name
        self.instance = instance
        self.region = region
    }

    /// The region of a zone, also of one in another city such as `us-west-2-lax-1a`; `nil` if it is no zone.
    static func region(ofZone zone: String) -> String? {
        zone.wholeMatch(of: /([a-z]+(?:-[a-z]+)+-[0-9]+)(?:[a-z]|-[a-z0-9-]+)/).map { String($0.1) }
    }
}
