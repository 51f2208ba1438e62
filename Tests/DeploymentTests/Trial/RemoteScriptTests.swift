import DeploymentState
import Foundation
import Shell
import Testing

@testable import Deployment

/// The remote shell text of evidence, as it is sent, and as it runs on this very machine.
@Suite("Scripts of evidence")
struct RemoteScriptTests {
    private func golden(_ name: String) throws -> String {
        let tests = Files.split(Files.split(#filePath).directory).directory
        return try Files.read("\(tests)/Golden/\(name)").trimmingCharacters(in: .newlines)
    }

    @Test("ask a node for its state")
    func node() throws {
        let call = NodeMoment.ask(unit: "redis-server.service", folders: ["/var/lib/redis"])
        #expect(call.input == (try golden("node-state.bash")))
        #expect(
            call.command.text
                == "sudo -n bash -euo pipefail -s -- '' redis-server.service / /tmp /var/lib "
                + "/var/lib/redis"
        )
        #expect(call.mayRunTwice)
    }

    @Test("ask Redis what is in force")
    func redis() throws {
        let call = RedisCluster().inForce(try Node.made("server-0"))
        #expect(call.input == (try golden("redis-in-force.bash")))
        #expect(call.command.text == "sudo -n bash -euo pipefail -s -- 6379")
    }

    @Test("put an uploaded file in its place")
    func upload() {
        let call = Uploading.install("/tmp/x", as: "/etc/a b", mode: 0o755, owner: "root:adm")
        #expect(
            call.input == """
                # put an uploaded file in its place
                install -D --owner "${4%%:*}" --group "${4##*:}" --mode "$3" "$1" "$2.prov-new"
                mv -T "$2.prov-new" "$2"
                """
        )
        #expect(
            call.command.text
                == "sudo -n bash -euo pipefail -s -- /tmp/x '/etc/a b' 755 root:adm"
        )
    }

    @Test("tell the state of the machine that they run on")
    func runs() async throws {
        let call = NodeMoment.ask(unit: "", folders: ["/nowhere"])
        let words = ["-euo", "pipefail", "-c", call.input, "bash", "", "", "/", "/nowhere"]
        let answer = try await LocalProcess("bash", words, timeLimit: .seconds(20)).execute()
        let moment = try #require(NodeMoment(answer.outputText), "\(answer.outputText)")
        #expect(moment.uptime > 0)
        #expect(moment.ticks > 0)
        #expect(moment.filesystems["/"].map { (0...100).contains($0) } == true)
        #expect(moment.process == nil)
    }

    @Test("read what a Redis says, empty values too, and what does not work any more")
    func inForce() throws {
        let redis = RedisCluster()
        let read = try redis.inForce(from: Evidence.redis(log: "err"))
        #expect(read.version == "7.0.15 build ae4d7c971a948f0")
        #expect(read.settings == Evidence.settings)
        #expect(read.faults == [#"aof_last_write_status is "err""#])
        #expect(try redis.inForce(from: Evidence.redis()).faults == [])
        for answer in ["", "redis_version:7\n", "redis_version:7\n--\nhz\n"] {
            #expect(throws: DatabaseError.self) { try redis.inForce(from: answer) }
        }
    }
}
