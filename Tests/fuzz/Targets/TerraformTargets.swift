@testable import DeploymentState
@testable import Prov

/// Readers of what terraform and templates print.
let terraformTargets = [
    Target(
        name: "events",
        seeds: [],
        seedsAreLines: true,
        dictionary: jsonWords + [
            "\"type\"", "\"hook\"", "\"change_summary\"", "\"diagnostic\"", "\"outputs\"",
            "\"changes\"",
            "\"severity\": \"error\"", "\"@message\"", "\"resource\"", "\"addr\"",
        ],
        places: [],
        read: { bytes, _ in
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                _ = TerraformEvent(line: String(line)).text
            }
            return .accepted
        }
    ),
    Target(
        name: "nodes",
        seeds: [],
        dictionary: jsonWords + [
            "\"nodes\"", "\"server-0\"", "\"server-00\"", "\"client-1\"", "\"group\"",
            "\"public_ip\"",
            "\"private_ip\"", "\"user\"", "\"port\"", "\"host_key\"", "\"vars\"", "\"seed\"", "{{",
            "{%", "ssh-rsa ",
            "*", "!", "-oProxyCommand=x", "\\n", "\\u0085", "\\u2028", "%h",
        ],
        places: ["output \"nodes\"", "terraform output -json"],
        read: { bytes, _ in
            let text = String(decoding: bytes, as: UTF8.self)
            let nodes = try NodesOutput.nodes(in: text)
            let inventory = Inventory(nodes)
            let hosts = SSHFiles.knownHosts(for: nodes)
            for line in hosts.split(whereSeparator: \.isNewline) {
                let words = line.split(separator: " ", omittingEmptySubsequences: false)
                guard words.count == 3, !words[0].contains(where: { "*?!|".contains($0) }) else {
                    return .violated("known_hosts trusts others: \(line)")
                }
            }
            let ini = inventory.ini(identityFile: "/d/id", knownHostsFile: "/d/known_hosts")
            do {
                guard try Inventory(ini: ini, file: "x.ini") == inventory else {
                    return .violated("the inventory read anew differs:\n\(ini)")
                }
            } catch {
                return .violated("the inventory cannot be read: \(error)\n\(ini)")
            }
            return expectWellWritten(inventory)
        }
    ),
    Target(
        name: "plan",
        seeds: [],
        dictionary: jsonWords + [
            "\"format_version\"", "\"resource_changes\"", "\"change\"", "\"actions\"", "\"create\"",
            "\"delete\"",
            "\"after\"", "\"before\"", "\"after_unknown\"", "\"output_changes\"", "\"nodes\"",
            "\"index\"",
        ],
        places: ["output \"nodes\""],
        read: { bytes, _ in
            let text = String(decoding: bytes, as: UTF8.self)
            _ = Plan(json: text)?.rows
            _ = Ending.destroyed(in: text)
            try NodesOutput.check(plan: text)
            return .accepted
        }
    ),
    Target(
        name: "cloud",
        seeds: [],
        dictionary: jsonWords + [
            "\"deployments\"", "\"imports\"", "\"to\"", "\"id\"", "\"sure\"", "\"own\"",
            "\"expires\"", "\"never\"",
            "\"2026-11-20T23:59:59Z\"", "\"999999-01-01T00:00:00Z\"", "\"zone\"", "\"owner\"",
            "\"region\"",
        ],
        places: ["cloud/"],
        read: { bytes, _ in
            let text = String(decoding: bytes, as: UTF8.self)
            for deployment in try CloudDeployment.read(text) {
                _ = deployment.isExpired()
                _ = deployment.expiry?.text
                _ = deployment.expiry?.age()
                _ = deployment.resources.map(\.node)
            }
            return .accepted
        }
    ),
]
