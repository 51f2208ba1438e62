/// Why a deployment cannot be found, taken over or ended by its tags.
enum CloudError: Error, Hashable {
    /// The template has no folder `cloud` with `end` in it.
    case notSupported(template: String)
    /// No template with a folder `cloud` is known.
    case noTemplate
    /// Nothing says where to look.
    case noRegion
    /// No deployment of that name has tags there.
    case notFound(name: String, region: String, suggestion: String?)
    /// It is in another region than the one in which the configs would make it.
    case otherRegion(name: String, found: String, configs: String)
    /// Several deployments have that name; `keys` are theirs with their ids.
    case ambiguous(name: String, keys: [String])
    /// The configs ask for fewer nodes than there are; `nodes` says which, with their ids.
    case unwanted(name: String, nodes: [String])
    /// Machines that no state knows and whose name tags say no node.
    case nameless(name: String, ids: [String])
    /// Still there after its end; `ids` are what is left.
    case leftOver(key: String, ids: [String])
    /// Networks that hold what is not the deployment's, so that they cannot end.
    case held(key: String, networks: [String])
    /// Several networks have the deployment's tags, and no state says which is its own.
    case severalNetworks(key: String, networks: [String])
    /// The state directory exists.
    case isHere(path: String)
    /// Several commands failed; one text for each.
    case several([String])
}

extension CloudError: CustomStringConvertible {
    /// The place, what was found, and the remedy.
    var description: String {
        switch self {
        case .notSupported(let template):
            "\(template): has no folder cloud/ that finds deployments by their tags (see the "
                + "template contract)"
        case .noTemplate:
            "no template with a folder cloud/ belongs to this prov; name one, such as "
                + "--template prov/ec2"
        case .noRegion:
            "no region: name it with --region, a config that sets region, or AWS_REGION"
        case .notFound(let name, let region, let suggestion):
            "no deployment \"\(name)\" in \(region)"
                + (suggestion.map { " (did you mean \"\($0)\"?)" } ?? "")
                + "; \"prov list --cloud\" shows what there is"
        case .otherRegion(let name, let found, let configs):
            "\(name): is in \(found), and the configs say region: \(configs), where it would be made "
                + "anew; set region to \(found) in a config, and adopt again"
        case .ambiguous(let name, let keys):
            "\(name): \(keys.count) deployments have this name; say which: "
                + keys.joined(separator: " ")
        case .unwanted(let name, let nodes):
            "\(name): the cloud has \(nodes.joined(separator: ", ")), which the configs do not ask "
                + "for; set the counts to what is there and shrink later, or deprovision"
        case .nameless(let name, let ids):
            "\(name): nothing tells which nodes \(ids.joined(separator: " ")) are; give "
                + "\(ids.count == 1 ? "it its tag" : "them their tags") Name back, such as "
                + "\(name)-server-0, or end \(ids.count == 1 ? "it" : "them")"
        case .leftOver(let key, let ids):
            "\(key): still there after its end: \(ids.joined(separator: " ")); deprovision again"
        case .held(let key, let networks):
            "\(key): is left, for it holds what does not have its tags: "
                + networks.joined(separator: ", ") + "; end that, and deprovision again"
        case .severalNetworks(let key, let networks):
            "\(key): \(networks.count) networks have its tags (\(networks.joined(separator: " "))), which "
                + "can be copied, and no state says which is its own; take the tag Deployment off the "
                + "other, or end all of it with \"prov deprovision \(key) --cloud\" at a terminal, which "
                + "names it first"
        case .isHere(let path):
            "\(path): the state directory is here, so there is nothing to adopt; \"prov provision\" goes "
                + "on with it"
        case .several(let texts):
            texts.joined(separator: "\nprov: ")
        }
    }
}
