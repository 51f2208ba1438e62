import Foundation
import DeploymentState
import Shell
import TestSupport
import Testing

@testable import Deployment

@Suite("Conditions of trials")
struct ConditionsTests {
    private func answer(_ node: String, _ call: RemoteCall) -> RemoteResult {
        let first = call.input.split(separator: "\n").first ?? ""
        switch first {
        case "# note what this node is": return RemoteResult(output: "kernel=6.1\nprocessors=2\n")
        case "# note which builds lie on this node":
            let build = node == "server-0" ? "database=sha256:ab" : "load_tool=sha256:cd"
            return RemoteResult(output: "machine=\(node)-id\n\(build)\n")
        case "# note the state of this node":
            return RemoteResult(output: Evidence.node(1_000, isServer: node == "server-0"))
        case "# inspect a dataset":
            let about = Dataset.About(
                servers: 1,
                database: "redis",
                census: 10,
                content: DatasetContent(keyCount: 10, valueBytes: 100)
            )
            return RemoteResult(output: "base\n--\n\(about.text)taken=1795219200\n")
        default:
            let isFile = call.command.text == "sudo -n cat /etc/redis/redis.conf"
            return RemoteResult(
                output: isFile ? "appendonly yes\nhz 10\nrequirepass hunter2\n" : ""
            )
        }
    }

    @Test("are machines, limits, builds, settings that no trial sets, and the dataset's age")
    func all() async throws {
        try await withScripted(["server-0", "client-0"], answer: answer) { deployment, _ in
            let conditions = try await deployment.conditions(
                dataset: "base",
                besides: ["appendonly"]
            )
            #expect(
                conditions == [
                    "server-0 kernel": "6.1", "server-0 processors": "2",
                    "server-0 machine": "server-0-id", "server-0 database": "sha256:ab",
                    "server-0 memory_limit": "1073741824", "server-0 processor_limit": "1.5",
                    "server-0 setting hz": "10", "server-0 setting requirepass": "[redacted]",
                    "server-0 dataset base":
                        "servers=1 database=redis key_count=10 value_bytes=100 census=10 "
                        + "taken=1795219200",
                    "client-0 kernel": "6.1", "client-0 processors": "2",
                    "client-0 machine": "client-0-id", "client-0 load_tool": "sha256:cd",
                    "client-0 memory_limit": "1073741824", "client-0 processor_limit": "1.5",
                ]
            )
        }
    }

    @Test("are told by a real node: its machine's id, and the digests of what is installed")
    func builds() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-builds")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        try Files.write("server\n", to: folder + "/server")
        try Files.write("tool\n", to: folder + "/tool")
        // systemd's own form, which shows no unit on a machine without systemd.
        let systemctl = """
            systemctl() { echo "{ path=\(folder)/server ; argv[]=\(folder)/server --x ; pid=0 }"; }
            cat() { echo 0a1b; }

            """
        let call = Builds.ask(unit: "x.service", tool: folder + "/tool")
        let answer = try await LocalProcess(
            "bash",
            ["-euo", "pipefail", "-s", "--", "x.service", "", folder + "/tool"],
            input: Array((systemctl + call.input).utf8),
            timeLimit: .seconds(20)
        )
        .execute()
        #expect(
            NodeFacts.parse(answer.outputText) == [
                "machine": "0a1b",
                "database":
                    "sha256:4ad28e4a6461bd64b920f72f86c0d16edc544c4a1f26060518ebb900025d496a",
                "load_tool":
                    "sha256:67948dd9afd6afe5043b0029d5aa7cf0f8b2824baf16f4f097d40d830edb686d",
            ]
        )
    }
}
