import DeploymentState
import Shell

/// Small deployments for an emulator of AWS.
enum AWSConfig {
    /// The template of machines at the full price.
    static let onDemand = "\(LocalMachines.repository)/prov/ec2-ondemand"

    /// Writes the config, `c.yml`, and one of only the credentials, `keys.yml`.
    static func write(to prov: ProvProgram, servers: Int = 1, clients: Int = 1) throws {
        let keys = """
            access_key: AKIAPROVTESTS0000000
            secret_key: \(AWSEmulator.secretKey)

            """
        try Files.write(keys, to: "\(prov.folder)/keys.yml")
        let config = """
            region: us-east-1
            availability_zone: us-east-1a
            owner: tests@example.org
            ssh_cidr: 203.0.113.7/32
            server_count: \(servers)
            server_instance_type: i4i.large
            client_count: \(clients)
            client_instance_type: c6i.large
            monitor_count: 0

            """
        try Files.write(config, to: "\(prov.folder)/c.yml")
    }

    /// The call that makes the deployment.
    static func provision(_ name: String, _ options: String...) -> [String] {
        ["provision", name, onDemand, "keys.yml", "c.yml", "--no-ssh"] + options
    }

    /// Describes a call of `prov` that may wait for machines, several of which share this host.
    static func call(_ prov: ProvProgram, _ words: [String]) -> LocalProcess {
        var call = prov.call(words)
        call.timeLimit = .seconds(400)
        return call
    }
}
