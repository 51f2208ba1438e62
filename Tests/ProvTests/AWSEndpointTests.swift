import DeploymentState
import Testing

@testable import Prov

@Suite("The endpoint of EC2")
struct AWSEndpointTests {
    private static let services = """
        [default]
        endpoint_url = http://profile
        services = mine

        [services mine]
        s3 =
          endpoint_url = http://s3
        ec2 =
          endpoint_url = http://ec2-of-services
        """

    /// Returns what is found with these files in a home directory.
    private func url(
        _ environment: [String: String] = [:],
        config: String? = nil,
        credentials: String? = nil
    ) async throws -> String {
        try await withTemporaryDirectory { home in
            try Files.makeDirectory("\(home)/.aws")
            if let config { try Files.write(config, to: "\(home)/.aws/config") }
            if let credentials { try Files.write(credentials, to: "\(home)/.aws/credentials") }
            let all = environment.merging(["HOME": home]) { given, _ in given }
            return AWSEndpoint(environment: all).url
        }
    }

    @Test("is that of EC2 alone before that of all services, without a slash at its end")
    func environment() async throws {
        #expect(try await url() == "")
        #expect(try await url(["AWS_ENDPOINT_URL": "http://a/"]) == "http://a")
        let both = ["AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_EC2": "http://b"]
        #expect(try await url(both) == "http://b")
    }

    @Test("is the profile's where the environment has none, that of its services first")
    func profile() async throws {
        let plain = "[default]\nendpoint_url = http://profile/ # ours\n"
        #expect(try await url(config: plain) == "http://profile")
        #expect(try await url(config: Self.services) == "http://ec2-of-services")
        for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EC2"] {
            #expect(try await url([name: "http://a"], config: Self.services) == "http://a")
        }
        // As the provider does it, though no page says so.
        let empty = ["AWS_ENDPOINT_URL": ""]
        #expect(try await url(empty, config: Self.services) == "http://profile")
        let credentials = "[default]\nendpoint_url = http://credentials\n"
        #expect(try await url(credentials: credentials) == "http://credentials")
        #expect(try await url(config: plain, credentials: credentials) == "http://profile")
        let dangling = plain + "services = none\n"
        #expect(try await url(config: dangling) == "http://profile")
    }

    @Test("is that of the profile and of the file that the environment names")
    func names() async throws {
        let two = """
            [default]
            endpoint_url = http://default
            [profile x]
            endpoint_url = http://x
            """
        #expect(try await url(config: two) == "http://default")
        #expect(try await url(["AWS_PROFILE": "x"], config: two) == "http://x")
        #expect(try await url(["AWS_DEFAULT_PROFILE": "x"], config: two) == "http://x")
        let both = ["AWS_PROFILE": "default", "AWS_DEFAULT_PROFILE": "x"]
        #expect(try await url(both, config: two) == "http://default")
        #expect(try await url(["AWS_PROFILE": "y"], config: two) == "")
        let written =
            "[default]\nendpoint_url = http://a\n[profile default]\nendpoint_url = http://b\n"
        #expect(try await url(config: written) == "http://b")
        try await withTemporaryDirectory { folder in
            try Files.write("[profile x]\nendpoint_url = http://other\n", to: "\(folder)/file")
            let named = ["AWS_CONFIG_FILE": "\(folder)/file", "AWS_PROFILE": "x"]
            #expect(try await url(named, config: two) == "http://other")
        }
    }

    @Test("is AWS's own where the environment or the profile says that configured ones are ignored")
    func ignored() async throws {
        let ignore = ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"]
        #expect(try await url(ignore, config: Self.services) == "")
        for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EC2"] {
            let all = ignore.merging([name: "http://a"]) { given, _ in given }
            #expect(try await url(all) == "")
        }
        let profile = "[default]\nignore_configured_endpoint_urls = true\n"
        #expect(try await url(["AWS_ENDPOINT_URL": "http://a"], config: profile) == "")
        let set = ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false", "AWS_ENDPOINT_URL": "http://a"]
        #expect(try await url(set) == "http://a")
    }
}
