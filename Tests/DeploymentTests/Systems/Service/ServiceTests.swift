import DeploymentState
import Foundation
import Shell
import Testing

@testable import Deployment

@Suite("A service of a config")
struct ServiceTests {
    static let config = """
        system: service
        service_unit: nginx
        service_packages: [nginx-light]
        service_port: 80
        service_health: curl -fsS http://127.0.0.1/
        service_load: wrk -R "$PROV_RATE" -d "$PROV_SECONDS" "http://$PROV_SERVER/"

        """

    private func service(_ config: String = Self.config) throws -> Service {
        try Service(config: config, at: "demo/config.yml")
    }

    @Test("is described by the deployment's config alone")
    func described() throws {
        let service = try service()
        #expect(service.unit == "nginx.service")
        #expect(service.clientPort == 80)
        #expect(service.packages == ["nginx-light"])
        #expect(!service.exportsMetrics)
        let timer = Self.config.replacing("nginx\n", with: "backup.timer\n")
        #expect(try self.service(timer).unit == "backup.timer")
    }

    @Test("that no config describes is refused before anything is connected to")
    func undescribed() throws {
        for key in ["service_unit", "service_port"] {
            let config = Self.config.split(separator: "\n").filter { !$0.hasPrefix(key) }
                .joined(separator: "\n")
            let error = #expect(throws: ServiceError.self) { try service(config) }
            #expect(
                error?.description == """
                    demo/config.yml: system "service" needs service_unit and service_port: \
                    add them to a config and provision again
                    """
            )
        }
    }

    @Test("is read from the state directory, also where a script chose it by its name")
    func found() async throws {
        try await withScripted(["server-0"]) { deployment, _ in
            let state = deployment.state
            #expect(throws: ServiceError.self) {
                try Systems.of(state, chosen: Systems.named("service"))
            }
            try Files.write(Self.config, to: state.files.config)
            let chosen = try Systems.of(state, chosen: Systems.named("service"))
            #expect(chosen.unit == "nginx.service")
            #expect(try Systems.of(state, chosen: nil).name == "redis")
            let own = Service(unit: "x", port: 1)
            #expect(try Systems.of(state, chosen: own).unit == "x.service")
        }
    }

    @Test("is well when its command succeeds, or without one when its port takes a connection")
    func health() throws {
        let node = try Node.made("server-0")
        let call = try service().isUp(node)
        #expect(
            call.command.text
                == "sudo -n bash -euo pipefail -s -- 'curl -fsS http://127.0.0.1/'"
        )
        #expect(call.input == "# the service is well\nbash -euo pipefail -c \"$1\" >&2")
        #expect(
            Service(unit: "x", port: 81).isUp(node).command.text
                == #"timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"' 198.18.0.10 81"#
        )
    }

    @Test("is told apart by its packages' versions and its unit's text")
    func inForce() throws {
        let service = try service()
        try Golden.expect(
            service.inForce(Node.made("server-0")),
            is: "service-in-force.bash",
            "nginx.service nginx-light"
        )
        #expect(
            try service.inForce(from: "nginx-light 1.22.1-9\nnginx.service 0a1b\n")
                == InForce(version: "nginx-light 1.22.1-9, nginx.service 0a1b", settings: [:])
        )
        #expect(throws: DatabaseError.self) { try service.inForce(from: "") }
    }

    @Test("is loaded by a command that finds its part in its environment")
    func load() async throws {
        let config = Self.config.replacing("wrk", with: "echo")
            .replacing("/\"", with: "/\" \"$PROV_PART/$PROV_PARTS\" \"$PROV_SERVERS\"")
        let program = try #require(try service(config).loadProgram)
        #expect(program.files(of: Evidence.stress) == LoadFiles(log: nil, result: nil))
        let words = program.command(.example(Evidence.stress, place: 1, port: 80))
        let outcome = try await LocalProcess(
            words[0],
            Array(words.dropFirst()),
            timeLimit: .seconds(20)
        )
        .execute()
        #expect(
            outcome.outputText
                == "-R 10000 -d 30 http://198.18.0.10:80/ 2/2 198.18.0.10:80\n"
        )
        #expect(try service("service_unit: x\nservice_port: 1\n").loadProgram == nil)
    }

    @Test("has no metrics that a monitor could read")
    func metrics() throws {
        let nodes = [try Node.made("server-0"), try Node.made("client-0")]
        #expect(try Prometheus.targets(nodes, service()).map(\.job) == ["node", "node"])
    }
}
