import DeploymentState
import Foundation
import SSH
import Shell
import TestSupport
import Testing

@testable import Deployment

@Suite("both ways to a node: streams", .timeLimit(.minutes(3)))
struct BothWaysStreamTests {
    @Test(
        "give each line while the command runs, and its end behind the last",
        arguments: Way.allCases
    )
    func live(way: Way) async throws {
        try await LoopbackSSHD.reached(way) { remote, server in
            let gate = server.folder.appending(path: "gate").path
            let text =
                "echo one; until [ -e \(gate) ]; do sleep 0.01; done; echo two; printf three; "
                + "read -r line; echo \"$line\" >&2; exit 3"
            var lines: [String] = []
            let error = await #expect(throws: RemoteError.self) {
                try await remote.stream(RemoteCall(text: text, input: "input\n")) {
                    for try await line in $0 {
                        lines.append(line)
                        if line == "one" { try Files.write("", to: gate) }
                    }
                }
            }
            #expect(lines == ["one", "two", "three"])
            #expect(error?.status == .exited(3))
            #expect(error?.lastLines == ["input"])
            let count = try await remote.stream(RemoteCall(text: "seq 200000")) {
                try await $0.reduce(0) { count, line in
                    #expect(line == "\(count + 1)")
                    return count + 1
                }
            }
            #expect(count == 200_000)
        }
    }

    @Test("leave no process on the node when the loop is left", arguments: Way.allCases)
    func left(way: Way) async throws {
        try await LoopbackSSHD.reached(way) { remote, _ in
            for text in BothWaysTests.stubborn {
                let word = unusedSeconds()
                let call = RemoteCall(text: "echo \(word); " + text.replacing("%", with: word))
                let line = try await remote.stream(call) { lines in
                    for try await line in lines { return line }
                    return ""
                }
                #expect(line == word)
                #expect(running(word) == [], "\(text)")
            }
            #expect(try await remote.execute(RemoteCall(text: "echo on")) == "on\n")
        }
    }

    @Test("leave no process on the node after cancellation", arguments: Way.allCases)
    func cancelled(way: Way) async throws {
        try await LoopbackSSHD.reached(way) { remote, _ in
            let word = unusedSeconds()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: CancellationError.self) {
                        try await remote.stream(RemoteCall(text: "sleep \(word)")) {
                            for try await _ in $0 {}
                        }
                    }
                }
                await waitUntil { !running("sleep \(word)").isEmpty }
                group.cancelAll()
            }
            #expect(running(word) == [])
        }
    }

    /// Writes lines of 64 KiB that begin with their number, and their count into the file `%`.
    private static let writer = #"""
        rest=$(head -c 60000 /dev/zero | tr '\0' x); i=0
        while :; do i=$((i + 1)); echo "$i $rest"; echo "$i" >%; done
        """#

    @Test(
        "hold the command back while nobody takes its lines, and lose none",
        arguments: Way.allCases
    )
    func slow(way: Way) async throws {
        try await LoopbackSSHD.reached(way) { remote, server in
            let file = server.folder.appending(path: "count").path
            let call = RemoteCall(text: Self.writer.replacing("%", with: file))
            try await remote.stream(call) { lines in
                var next = lines.makeAsyncIterator()
                _ = try await next.next()
                // Over the same connection others go on meanwhile.
                let ask = RemoteCall(text: "sleep 0.5; cat \(file)")
                var (before, now) = ("", try await remote.execute(ask))
                try await waitUntil {
                    before = now
                    now = try await remote.execute(ask)
                    // The writer may just have emptied the file.
                    return now == before && !now.isEmpty
                }
                let written = try #require(Int(now.dropLast()))
                #expect(written * 60_000 < 16 << 20)
                for expected in 2...written * 2 {
                    let line = try await next.next()
                    #expect(line?.hasPrefix("\(expected) ") == true)
                    #expect(line?.hasSuffix("x") == true)
                }
            }
        }
    }

    @Test(
        "end at their time limit, also a command that waits for who takes its lines",
        arguments: Way.allCases
    )
    func timeLimit(way: Way) async throws {
        try await LoopbackSSHD.reached(way) { remote, server in
            let word = unusedSeconds()
            let call = RemoteCall(text: "yes \(word)", timeLimit: .seconds(1)).named("it")
            let error = await #expect(throws: SSHError.self) {
                try await remote.stream(call) { lines in
                    await waitUntil { lines.output.failure != nil }
                    for try await _ in lines {}
                }
            }
            #expect(error?.description == "server-0: it: timed out after 1.0 seconds")
            #expect(running(word) == [])
        }
    }

    @Test("tell of a lost connection behind the lines that came", arguments: Way.allCases)
    func loss(way: Way) async throws {
        try await LoopbackSSHD.reached(way) { remote, server in
            let word = unusedSeconds()
            var lines: [String] = []
            let error = await #expect(throws: SSHError.self) {
                try await remote.stream(RemoteCall(text: "echo one; sleep \(word)")) {
                    for try await line in $0 {
                        lines.append(line)
                        server.signalConnections(SIGKILL)
                    }
                }
            }
            #expect(error?.reason == .disconnected)
            #expect(lines == ["one"])
            try LoopbackSSHD.run("pkill", "-f", "sleep \(word)")
        }
    }

    @Test("may write any number of lines, but not of errors", arguments: Way.allCases)
    func errors(way: Way) async throws {
        try await LoopbackSSHD.reached(way) { remote, _ in
            var call = RemoteCall(text: "head -c 2000000 /dev/zero; head -c 1000000 /dev/zero >&2")
            call.outputLimit = 1_000
            let bytes = try await remote.stream(call) {
                try await $0.reduce(0) { $0 + $1.utf8.count }
            }
            #expect(bytes == 2_000_000)
            call.command = [.literal("yes word >&2")]
            let error = await #expect(throws: SSHError.self) {
                try await remote.stream(call) {
                    for try await _ in $0 {}
                }
            }
            #expect(error?.reason == .outputTooLarge)
            #expect(
                error?.description
                    == "server-0: yes word >&2: wrote more than 1048576 bytes to standard error and was ended"
            )
        }
    }
}
