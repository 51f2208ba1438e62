import Testing

/// What somebody made by copying a deployment's tags, which shows nothing.
extension AWSSafetyTests {
    /// Starts a machine with the tags of another, in its subnet or in the default network.
    func copyTags(
        of id: String,
        into subnet: String? = nil,
        _ aws: AWSEmulator
    ) async throws -> String {
        let image = try await aws.ask(
            "describe-images",
            "--owners",
            "099720109477",
            "--query",
            "Images[0].ImageId"
        )
        let words = ["--image-id", try #require(image.first), "--query", "Instances[0].InstanceId"]
        let network = subnet.map { ["--subnet-id", $0] } ?? []
        let made = try await aws.ask("run-instances", words + network)
        let stranger = try #require(made.first)
        try await copyTags(of: id, onto: stranger, aws)
        return stranger
    }

    /// Gives something the tags of a machine.
    func copyTags(of id: String, onto other: String, _ aws: AWSEmulator) async throws {
        let tags = try await aws.ask(
            "describe-tags",
            "--filters",
            "Name=resource-id,Values=\(id)",
            "--query",
            "Tags[].[Key,Value]"
        )
        for tag in tags {
            let parts = tag.split(separator: "\t").map(String.init)
            let text = "Key=\(parts[0]),Value=\(parts[1])"
            _ = try await aws.ask("create-tags", "--resources", other, "--tags", text)
        }
    }

    /// Makes a network with the tags of a machine, a subnet without them and a machine with them.
    func copyNetwork(
        of id: String,
        _ aws: AWSEmulator
    ) async throws -> (network: String, subnet: String, machine: String) {
        let networks = try await aws.ask(
            "create-vpc",
            ["--cidr-block", "10.9.0.0/16", "--query", "Vpc.VpcId"]
        )
        let network = try #require(networks.first)
        let range = ["--cidr-block", "10.9.1.0/24", "--query", "Subnet.SubnetId"]
        let subnets = try await aws.ask("create-subnet", ["--vpc-id", network] + range)
        let subnet = try #require(subnets.first)
        try await copyTags(of: id, onto: network, aws)
        return (network, subnet, try await copyTags(of: id, into: subnet, aws))
    }

    /// Makes a gateway of the network, with the tags of a machine.
    func copyGateway(
        of id: String,
        into network: String,
        _ aws: AWSEmulator
    ) async throws -> String {
        let made = try await aws.ask(
            "create-internet-gateway",
            ["--query", "InternetGateway.InternetGatewayId"]
        )
        let gateway = try #require(made.first)
        let words = ["--internet-gateway-id", gateway]
        _ = try await aws.ask("attach-internet-gateway", words + ["--vpc-id", network])
        let tables = try await aws.ask(
            "describe-route-tables",
            [
                "--filters", "Name=vpc-id,Values=\(network)", "--query",
                "RouteTables[0].RouteTableId",
            ]
        )
        _ = try await aws.ask(
            "create-route",
            [
                "--route-table-id", try #require(tables.first), "--destination-cidr-block",
                "0.0.0.0/0", "--gateway-id", gateway,
            ]
        )
        try await copyTags(of: id, onto: gateway, aws)
        return gateway
    }
}
