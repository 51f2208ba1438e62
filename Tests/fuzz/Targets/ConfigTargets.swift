import Experiment
import YAML

@testable import Prov

/// Readers of what users write.
let configTargets = [
    Target(
        name: "yaml",
        seeds: ["Tests/YAMLTests/Fixtures", "configs/4504.yml", "configs/local/local.yml"],
        dictionary: yamlWords,
        places: ["x.yml:"],
        read: { bytes, _ in
            guard let node = try YAMLNode.parse(bytes: bytes, file: "x.yml") else {
                return .accepted
            }
            let text = node.emitted()
            let again: YAMLNode?
            do {
                again = try YAMLNode.parse(text, file: "y.yml")
            } catch {
                return .violated("what was written cannot be read: \(error)\n\(text)")
            }
            return again == node ? .accepted : .violated("read anew it differs:\n\(text)")
        }
    ),
    Target(
        name: "config",
        seeds: ["configs/4504.yml", "configs/local/local.yml", "configs/credentials.yml.template"],
        dictionary: yamlWords + configWords + ConfigSchema.standard.keys.map { "\n\($0.name): " },
        places: ["x.yml"],
        read: { bytes, scratch in
            let config: Config
            do {
                config = try Config.load(
                    [
                        // What most configs leave to another one.
                        try scratch.file("base.yml", Array(configBase.utf8)),
                        try scratch.file("x.yml", bytes),
                    ],
                    variables: ec2Variables,
                    template: "prov/ec2",
                    use: .make(opensSSH: false),
                    environment: configEnvironment
                )
            } catch let faults as ConfigErrors {
                for fault in faults.errors where !fault.description.contains("x.yml") {
                    return .violated("a refusal without a place: \(fault)")
                }
                return .refused("\(faults)")
            }
            return try expectWellKept(config, scratch)
        }
    ),
    Target(
        name: "template",
        seeds: [
            "prov/ec2/variables.tf", "prov/ec2/nodes.tf", "prov/local/variables.tf",
            "Tests/Templates/processes/main.tf",
        ],
        dictionary: [
            "variable", "\"x\"", "{", "}", "type", "=", "default", "<<EOT\n", "<<-EOT\n", "\nEOT\n",
            "${",
            "%{", "/*", "*/", "//", "#", "\"", "\\\"", "list(", "object({", "sensitive = true",
            "\n",
        ],
        places: ["x.tf"],
        read: { bytes, _ in
            let text = String(decoding: bytes, as: UTF8.self)
            _ = try TemplateVariable.scan(text, file: "x.tf")
            return .accepted
        }
    ),
    Target(
        name: "prices",
        seeds: ["prov/ec2/prices.yml"],
        dictionary: yamlWords + [
            "\nregions:\n", "date: 2026-01-01\n", "currency: USD\n", "  us-east-1:\n",
            "c5.large: 0.085",
        ],
        places: ["x.yml"],
        read: { bytes, scratch in
            let table = try PriceTable(file: try scratch.file("x.yml", bytes))
            guard let price = table["c5.large", in: "us-east-1"] else { return .accepted }
            // A thousand machines for a year.
            for factor in [1.0, 1_000, 8_760_000] { _ = PriceTable.text(price * factor) }
            return .accepted
        }
    ),
    Target(
        name: "experiment",
        seeds: ["experiments/demo.yml", "experiments/fsync.yml"],
        dictionary: yamlWords + [
            "\na:\n", "\nb:\n", "\nload:\n", "rate: ", "seconds: ", "\nlooks: ",
            "build: packaged", "build: ", "files: {/etc/x: x}", "files:\n      /etc/../x: x\n",
            "commands: [true]", "undo: []",
        ],
        places: ["x.yml"],
        read: { bytes, _ in
            _ = try ExperimentFile.parse(bytes, file: "x.yml")
            return .accepted
        }
    ),
]

private let configBase = """
    region: us-east-1
    owner: me
    ssh_cidr: 203.0.113.7/32
    server_count: 1
    server_instance_type: i4i.large
    client_count: 1
    client_instance_type: c6i.large

    """

private let configEnvironment = [
    "HOME": "/root", "A": "a", "B": "${env:A}", "R": "us-east-1", "Z": "us-east-1a",
    "N": "203.0.113.7/32", "ONE": "1", "THREE": "3",
    // Many configs name no keys.
    "AWS_ACCESS_KEY_ID": "AKIAPROVTESTS0000000", "AWS_SECRET_ACCESS_KEY": "secret",
]

/// Looks that the config that a deployment keeps says just what its configs say, each key with its place.
private func expectWellKept(_ config: Config, _ scratch: Scratch) throws -> Verdict {
    let text = config.rendered()
    let open = config.settings.filter { !$0.isSecret }
    do {
        let mapping = try YAMLNode.parse(text, file: "y.yml")?.mapping
        for setting in open where mapping?[setting.key] != setting.value {
            return .violated("\(setting.key), kept and read, is another:\n\(text)")
        }
        let listing = try ConfigListing(kept: try scratch.file("config.yml", Array(text.utf8)))
        let places = listing.settings.map { "\($0.key) \($0.file):\($0.line)" }
        // Of nothing but secrets there are only comments.
        guard places == config.settings.map({ "\($0.key) \($0.mark.file):\($0.mark.line)" }) else {
            return .violated("the places are others: \(places)\n\(text)")
        }
    } catch {
        return .violated("what is kept cannot be read: \(error)\n\(text)")
    }
    return .accepted
}

private let ec2Variables =
    (try? TemplateVariable.read(template: "\(Seeds.repository)/prov/ec2"))  // the driver says it
    ?? []

private let yamlWords = [
    ": ", "- ", "\n", "\n  ", "\n- ", "&a ", "*a", "<<: ", "!!int ", "!!str ", "!!binary ", "!x ",
    "|\n",
    ">-\n", "? ", "[", "]", "{", "}", ",", "#", "---\n", "...\n", "%YAML 1.2\n", "\"", "'",
    "\\u0041",
    "\\x00", "\\", "\r\n", "\t", "\u{FEFF}", "\u{2028}", "\u{85}", "~", "null", "true", "yes",
    ".inf", ".nan",
    "0o17", "0xFF", "1e400", "a: &b {c: *b}\n", "\u{1F600}",
]

private let configWords = [
    "${env:A}", "${env:B}", "${env:", "${file:", "${file:/dev/null}", "${file:/dev/zero}",
    "${file:/proc/self/environ}", "${file:/dev/stdin}", "${", "}", "$", "8h", "90m", "1h30m",
    "999999999h",
    "0.0.0.0/0", "203.0.113.7/32", "::/0", "auto", "us-east-1", "[us-east-1a, us-east-1b]",
    "x_own: 1\n",
    "deployment_name: x\n",
]
