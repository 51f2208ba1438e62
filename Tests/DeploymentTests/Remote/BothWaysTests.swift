import DeploymentState
import Foundation
import SSH
import Shell
import TestSupport
import Testing

@testable import Deployment

@Suite("both ways to a node: commands", .timeLimit(.minutes(3)))
struct BothWaysTests {
    private static let ends: [(text: String, result: RemoteResult)] = [
        (
            "echo out; echo error >&2; exit 3",
            RemoteResult(output: "out\n", errors: "error\n", status: .exited(3))
        ),
        ("true", RemoteResult()),
        // Also the statuses by which ssh and shells tell something else.
        ("exit 255", RemoteResult(status: .exited(255))),
        ("exit 137", RemoteResult(status: .exited(137))),
        ("kill -9 $$", RemoteResult(status: .signalled("KILL"))),
        ("kill -TERM $$", RemoteResult(status: .signalled("TERM"))),
        ("printf 'no line feed' >&2", RemoteResult(errors: "no line feed")),
        ("exec 1>&- 2>&-; sleep 0.2; exit 4", RemoteResult(status: .exited(4))),
        ("# only a comment", RemoteResult()),
        (
            "cat <<X\nit's \"here\" $((1 + 1)) `echo x`\nX\n",
            RemoteResult(output: "it's \"here\" 2 x\n")
        ),
        ("echo \"${PROV_COMMAND-none} $0\" | sed 's:/.*/::'", RemoteResult(output: "none bash\n")),
    ]

    @Test("keep outputs, status and signal apart", arguments: Way.allCases)
    func ends(way: Way) async throws {
        try await LoopbackSSHD.reached(way) { remote, _ in
            for (text, result) in Self.ends {
                let answer = try await remote.capture(RemoteCall(text: text))
                #expect(answer == result, "\(text)")
            }
        }
    }

    @Test("send all of the input, and take all of the output", arguments: Way.allCases)
    func input(way: Way) async throws {
        let input = String(repeating: "0123456789abcde\n", count: 500_000)
        try await LoopbackSSHD.reached(way) { remote, _ in
            let result = try await remote.capture(RemoteCall(text: "cat; cat >&2", input: input))
            #expect(result.output == input)
            let empty = try await remote.capture(RemoteCall(text: "cat"))
            #expect(empty == RemoteResult())
            // One that does not read is no fault.
            #expect(
                try await remote.capture(RemoteCall(text: "exit 5", input: input)).status
                    == .exited(5)
            )
        }
    }

    @Test(
        "let through what has just the size of the limit, and end what writes more",
        arguments: Way.allCases
    )
    func outputLimit(way: Way) async throws {
        try await LoopbackSSHD.reached(way) { remote, _ in
            var call = RemoteCall(text: "head -c 300000 /dev/zero; head -c 200000 /dev/zero >&2")
            call.outputLimit = 500_000
            let result = try await remote.capture(call)
            #expect(result.output.utf8.count == 300_000)
            #expect(result.errors.utf8.count == 200_000)
            for text in ["yes word", "yes word >&2", "head -c 500001 /dev/zero"] {
                call.command = [.literal(text)]
                let error = await #expect(throws: SSHError.self) { try await remote.capture(call) }
                #expect(error?.reason == .outputTooLarge)
                #expect(
                    error?.description
                        == "server-0: \(text): wrote more than 500000 bytes and was ended"
                )
            }
            let after = try await remote.execute(RemoteCall(text: "echo on"))
            #expect(after == "on\n")
        }
    }

    @Test("run many at once", arguments: Way.allCases, ["MaxSessions 10", "MaxSessions 2"])
    func many(way: Way, option: String) async throws {
        try await LoopbackSSHD.reached(way, options: [option]) { remote, _ in
            try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for number in 0..<30 {
                    group.addTask {
                        (
                            number,
                            try await remote.execute(RemoteCall(text: "sleep 0.1; echo \(number)"))
                        )
                    }
                }
                for try await (number, output) in group { #expect(output == "\(number)\n") }
            }
        }
    }

    /// Commands that run for ever, each with a word of `sleep` to find its processes by.
    static let stubborn = [
        "sleep %", "trap '' TERM HUP INT; sleep % & sleep % & wait; wait",
        "timeout 5000 sleep %", "setsid --wait sleep %", "sudo -n sleep %",
        "kill -STOP $$; sleep %", "yes %",
    ]

    @Test("leave no process on the node after a time-out", arguments: Way.allCases)
    func timeLimit(way: Way) async throws {
        try await LoopbackSSHD.reached(way) { remote, _ in
            for text in Self.stubborn {
                let word = unusedSeconds()
                var call = RemoteCall(
                    text: text.replacing("%", with: word),
                    timeLimit: .milliseconds(700)
                )
                .named("it")
                call.outputLimit = 1 << 30
                let error = await #expect(throws: SSHError.self) { try await remote.capture(call) }
                #expect(error?.reason == .timedOut)
                #expect(
                    error?.description == "server-0: it: timed out after 0.7 seconds",
                    "\(text)"
                )
                #expect(running(word) == [], "\(text)")
            }
            let after = try await remote.execute(RemoteCall(text: "echo on"))
            #expect(after == "on\n")
        }
    }

    @Test(
        "leave no process on the node after cancellation, and begin none",
        arguments: Way.allCases
    )
    func cancellation(way: Way) async throws {
        let word = unusedSeconds()
        try await LoopbackSSHD.reached(way) { remote, server in
            await withTaskGroup(of: SSHError?.self) { group in
                group.addTask {
                    await #expect(throws: SSHError.self) {
                        try await remote.execute(RemoteCall(text: "sleep \(word)").named("it"))
                    }
                }
                await waitUntil { !running("sleep \(word)").isEmpty }
                group.cancelAll()
                group.addTask {
                    await #expect(throws: SSHError.self) {
                        let touch = "touch \(server.folder.path)/touched"
                        try await remote.execute(RemoteCall(text: touch).named("it"))
                    }
                }
                for await error in group {
                    #expect(error?.description == "server-0: it: was cancelled")
                    #expect(error?.reason == .cancelled)
                }
            }
            #expect(running(word) == [])
            #expect(!FileManager.default.fileExists(atPath: server.folder.path + "/touched"))
        }
    }

    @Test("can be ended where the server has few places for them", arguments: Way.allCases)
    func fewPlaces(way: Way) async throws {
        try await LoopbackSSHD.reached(way, options: ["MaxSessions 3"]) { remote, _ in
            let word = unusedSeconds()
            // Many at once show how many places there are.
            for seconds in ["0.1", word] {
                await withTaskGroup(of: SSHError?.self) { group in
                    for _ in 0..<6 {
                        group.addTask {
                            let call = RemoteCall(
                                text: "sleep \(seconds)",
                                timeLimit: .seconds(seconds == word ? 4 : 60)
                            )
                            do { try await remote.execute(call) } catch {
                                return error as? SSHError
                            }
                            return nil
                        }
                    }
                    for await error in group {
                        #expect(error?.reason == (seconds == word ? .timedOut : nil))
                        #expect(!(error?.message.contains("still run") ?? false))
                    }
                }
            }
            #expect(running(word) == [])
            try await remote.execute(RemoteCall(text: "true"))
        }
    }

    @Test("when closed, fail every call and end what runs on the node", arguments: Way.allCases)
    func close(way: Way) async throws {
        let word = unusedSeconds()
        try await LoopbackSSHD.reached(way) { remote, _ in
            await withTaskGroup(of: SSHError?.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        await #expect(throws: SSHError.self) {
                            try await remote.execute(RemoteCall(text: "sleep \(word)"))
                        }
                    }
                }
                await waitUntil { running("sleep \(word)").count >= 8 }
                await remote.close()
                for await error in group { #expect(error?.reason == .closed) }
            }
            #expect(running(word) == [])
            // Another call opens another connection.
            let after = try await remote.execute(RemoteCall(text: "echo on"))
            #expect(after == "on\n")
        }
    }

    @Test(
        "fail what ran when the connection is lost, and connect anew for the next",
        arguments: Way.allCases
    )
    func loss(way: Way) async throws {
        let word = unusedSeconds()
        try await LoopbackSSHD.reached(way) { remote, server in
            await withTaskGroup(of: SSHError?.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        await #expect(throws: SSHError.self) {
                            try await remote.execute(RemoteCall(text: "sleep \(word)").named("it"))
                        }
                    }
                }
                await waitUntil { running("sleep \(word)").count >= 3 }
                server.signalConnections(SIGKILL)
                for await error in group {
                    #expect(error?.reason == .disconnected)
                    #expect(
                        error?.description.hasPrefix("server-0: it: the connection was lost (")
                            ?? false
                    )
                }
            }
            let after = try await remote.execute(RemoteCall(text: "echo on"))
            #expect(after == "on\n")
            try LoopbackSSHD.run("pkill", "-f", "sleep \(word)")
        }
    }

    @Test("refuse a host whose key is another than known, or unknown", arguments: Way.allCases)
    func hostKey(way: Way) async throws {
        try await LoopbackSSHD.with { server in
            let key = try String(
                contentsOfFile: server.folder.path + "/identity.pub",
                encoding: .utf8
            )
            // What the configuration itself says to that does not count.
            let options = "Host *\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null"
            for (hosts, reason) in [
                ("[127.0.0.1]:\(server.port) \(key)", SSHError.Reason.hostKeyChanged),
                ("[127.0.0.2]:\(server.port) \(key)", .hostKeyUnknown),
            ] {
                let remote = server.remote(
                    way,
                    in: try server.state(hosts: hosts, options: options)
                )
                let error = await #expect(throws: SSHError.self) {
                    try await remote.execute(RemoteCall(text: "true"))
                }
                #expect(error?.reason == reason)
                await remote.close()
            }
        }
    }

    @Test("say why nobody answers, and who is not let in", arguments: Way.allCases)
    func refusals(way: Way) async throws {
        try await LoopbackSSHD.with { server in
            let free = try LoopbackSSHD.freePort()
            let hosts = try String(contentsOfFile: server.knownHostsFile, encoding: .utf8)
            let nobody = server.remote(
                way,
                in: try server.state(
                    hosts: hosts + hosts.replacing("\(server.port)", with: "\(free)"),
                    port: free
                )
            )
            let refused = await #expect(throws: SSHError.self) {
                try await nobody.execute(RemoteCall(text: "true"))
            }
            #expect(refused?.reason == .connectionRefused)
            #expect(refused?.description.hasSuffix("; is sshd running, and on this port?") ?? false)
            let key = server.folder.path + "/host_key"
            let stranger = server.remote(way, in: try server.state(identity: key))
            let denied = await #expect(throws: SSHError.self) {
                try await stranger.execute(RemoteCall(text: "true"))
            }
            #expect(denied?.reason == .authenticationRefused)
            for remote in [nobody, stranger] { await remote.close() }
        }
    }
}
