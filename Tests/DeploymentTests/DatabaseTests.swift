import DeploymentState
import Shell
import Testing

@testable import Deployment

/// A database that says no more than it must.
private struct Minimal: Database {
    let name = "minimal"
    let unit = "minimal.service"
    let clientPort = 7_000
    let dataDirectories = ["/var/lib/minimal"]
    let configurationFiles = ["/etc/minimal.conf"]
    let emptying = "empty"

    func install() -> RemoteCall { RemoteCall(["install"]) }
    func isUp(_ node: Node) -> RemoteCall { RemoteCall(["is-up"]) }
    func flush(_ node: Node) -> RemoteCall { RemoteCall(["flush"]) }
    func inForce(_ node: Node) -> RemoteCall { RemoteCall(["in-force"]) }
    func inForce(from answer: String) -> InForce { InForce(version: answer, settings: [:]) }
}

@Suite("a database that says little")
struct DatabaseTests {
    @Test("is started and waited for, and neither joined nor exported")
    func start() async throws {
        try await withScripted(["server-0", "server-1"], system: Minimal()) { deployment, remotes in
            try await deployment.startCluster()
            let script = "sudo -n bash -euo pipefail -s --"
            for remote in remotes {
                #expect(
                    remote.called.map(\.shown) == [
                        "\(script) /var/lib/prov/set-up/minimal"
                            + " <<< look whether this server was set up",
                        "\(script) minimal.service '' /etc/minimal.conf"
                            + " <<< is a unit's configuration in force",
                        "\(script) minimal.service 7000 /var/lib/minimal <<< start a unit",
                        "is-up", "is-up",
                    ]
                )
            }
        }
    }
}
