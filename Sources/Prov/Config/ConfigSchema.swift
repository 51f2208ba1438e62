internal import DeploymentState

/// Every config key that the templates of this repository know.
///
/// Validation, the JSON Schema and `configs/README.md` derive from this one table.
package struct ConfigSchema: Sendable {
    /// One key.
    package struct Key: Sendable, Hashable {
        /// The name, as in the file and in the template's variable.
        package let name: String
        /// What its value must be.
        package let type: ConfigType
        /// What the template does without it; `nil` if every template needs it.
        package let fallback: String?
        /// The templates that need it where others do without.
        package let requiredOn: [String]
        /// The templates that use it.
        package let templates: [String]
        /// Whether its value must never be shown or written.
        package let isSecret: Bool
        /// One sentence, with the unit of its value.
        package let summary: String
    }

    /// All keys, in the order of the manual.
    package let keys: [Key]

    /// The schema of `prov/local`, `prov/ec2` and `prov/ec2-ondemand`.
    package static let standard = ConfigSchema(keys: groups + machines + local + cloud)

    /// Returns the key of this name, or `nil` if there is none.
    package func key(_ name: String) -> Key? { keys.first { $0.name == name } }
}

private let onLocal = ["local"]
private let onCloud = ["ec2", "ec2-ondemand"]
private let everywhere = onLocal + onCloud

private func key(
    _ name: String,
    _ type: ConfigType,
    else fallback: String?,
    on templates: [String],
    requiredOn: [String] = [],
    isSecret: Bool = false,
    _ summary: String
) -> ConfigSchema.Key {
    ConfigSchema.Key(
        name: name,
        type: type,
        fallback: fallback,
        requiredOn: requiredOn,
        templates: templates,
        isSecret: isSecret,
        summary: summary
    )
}

private let groups = [
    key(
        "server_count",
        .integer(1...1_000),
        else: "3",
        on: everywhere,
        requiredOn: onCloud,
        "Number of servers."
    ),
    key(
        "client_count",
        .integer(1...1_000),
        else: "2",
        on: everywhere,
        requiredOn: onCloud,
        "Number of load clients."
    ),
    key("monitor_count", .integer(0...10), else: "1", on: everywhere, "Number of monitors."),
    key(
        "system",
        .choice(DeploymentRecord.systems),
        else: DeploymentRecord.systems[0],
        on: everywhere,
        "What the scripts set up on the servers; another one makes machines of prov/local anew."
    ),
    key(
        "service_unit",
        .string,
        else: "none",
        on: everywhere,
        "Of system service: the systemd unit that runs on the servers."
    ),
    key(
        "service_packages",
        .list(.string),
        else: "none",
        on: everywhere,
        "Of system service: Debian packages that the servers need."
    ),
    key(
        "service_port",
        .integer(1...65_535),
        else: "none",
        on: everywhere,
        "Of system service: the port at which clients connect."
    ),
    key(
        "service_health",
        .string,
        else: "the port takes a connection",
        on: everywhere,
        "Of system service: a shell command that succeeds on a server that is well."
    ),
    key(
        "service_load",
        .string,
        else: "none",
        on: everywhere,
        "Of system service: a shell command that plays a client's part of a load (docs/systems.md)."
    ),
]

private let machines = [
    key(
        "owner",
        .string,
        else: "the user who calls",
        on: everywhere,
        "Who answers for the machines."
    ),
    key(
        "public_key_path",
        .path,
        else: "a key pair made by prov",
        on: everywhere,
        "OpenSSH public key that may log in to the nodes."
    ),
    key(
        "private_key_path",
        .path,
        else: "a key pair made by prov",
        on: everywhere,
        "OpenSSH private key to log in with; it stays where it is."
    ),
    key(
        "ttl",
        .duration,
        else: "no end",
        on: everywhere,
        "Time from provisioning after which the machines end by themselves."
    ),
]

private let local =
    [
        key(
            "image_suite",
            .string,
            else: "the host's own",
            on: onLocal,
            "Code name of the Debian or Ubuntu release that the machines run, such as bookworm."
        ),
        key(
            "image_packages",
            .list(.string),
            else: "none",
            on: onLocal,
            "Packages that the machines have besides the usual ones."
        ),
    ]
    + ["server", "client", "monitor"].flatMap { group in
        [
            key(
                "\(group)_cpus",
                .number(0.01...1_024),
                else: "no limit",
                on: onLocal,
                "Processors that each \(group) may use, in CPUs; 0.5 is half of one."
            ),
            key(
                "\(group)_memory_mb",
                .integer(64...16_777_216),
                else: "no limit",
                on: onLocal,
                "Memory of each \(group), in MiB."
            ),
            key(
                "\(group)_cpuset",
                .processors,
                else: "all",
                on: onLocal,
                "The host's processors on which each \(group) runs, such as 0-1,3."
            ),
        ]
    }

private let cloud =
    [
        key("region", .region, else: nil, on: onCloud, "AWS region, such as us-east-1."),
        key(
            "availability_zone",
            .oneOrMore(.string),
            else: "AWS chooses",
            on: onCloud,
            "Availability zone; of a list, the next is tried where one has no capacity."
        ),
        key(
            "ssh_cidr",
            .cidr,
            else: nil,
            on: onCloud,
            "IPv4 networks that may reach the nodes by SSH, with commas between; auto is the caller's address."
        ),
        key(
            "volume_size",
            .integer(8...16_384),
            else: "30",
            on: onCloud,
            "Size of each node's encrypted root volume, in GiB."
        ),
        key(
            "volume_type",
            .string,
            else: "gp3",
            on: onCloud,
            "Type of the root volumes: gp3, gp2, io1 or io2."
        ),
    ]
    + ["server", "client", "monitor"].flatMap { group in
        [
            key(
                "\(group)_instance_type",
                .string,
                else: group == "monitor" ? "t3.large" : nil,
                on: onCloud,
                "EC2 instance type of each \(group), such as i4i.2xlarge."
            ),
            key(
                "\(group)_ami",
                .string,
                else: "the newest Ubuntu 24.04",
                on: onCloud,
                "Machine image of each \(group)."
            ),
            key(
                "\(group)_user",
                .string,
                else: "ubuntu",
                on: onCloud,
                "User to log in as on each \(group)."
            ),
        ]
    }
    + ["server", "client", "monitor"].map { group in
        key(
            "\(group)_spot",
            .boolean,
            else: "as the template",
            on: onCloud,
            "Whether each \(group) is a spot instance."
        )
    }
    + [
        key(
            "tags",
            .map(.string),
            else: "none",
            on: onCloud,
            "Tags of every resource besides those that prov sets."
        ),
        key(
            "access_key",
            .string,
            else: "AWS environment or profile",
            on: onCloud,
            isSecret: true,
            "AWS access key id."
        ),
        key(
            "secret_key",
            .string,
            else: "AWS environment or profile",
            on: onCloud,
            isSecret: true,
            "AWS secret access key."
        ),
        key(
            "session_token",
            .string,
            else: "none",
            on: onCloud,
            isSecret: true,
            "AWS session token that belongs to temporary keys."
        ),
    ]
