import Foundation
import Histogram
import TestSupport
import Testing

@testable import Load

@Suite("bench load on a Redis server", .serialized, .timeLimit(.minutes(4)))
struct LoadTests {
    @Test("logs as many requests as the server counted, from several loops", arguments: [1, 3])
    func counts(threads: Int) async throws {
        let server = try await RedisServer.start()
        let call = try await LoadCall.run(
            "\(server.address) --rate 2000 --requests 3000 --write-fraction 0.3 --keys 1000 "
                + "--threads \(threads) --connections 5"
        )
        let sums = try call.sums()
        let reads = try server.calls("get")
        let writes = try server.calls("set")
        #expect(reads + writes == 3_000)
        #expect((750...1_050).contains(writes))
        #expect(sums.keys.sorted() == ["READ-rt", "READ-st", "WRITE-rt", "WRITE-st"])
        #expect(sums["READ-rt"]?.count == Int64(reads))
        #expect(sums["READ-st"]?.count == Int64(reads))
        #expect(sums["WRITE-rt"]?.count == Int64(writes))
        #expect(sums["WRITE-st"]?.count == Int64(writes))
        #expect(try call.lastLine().hasPrefix("#[Complete: requests=3000 errors=0 missing="))
        #expect(try call.final("missing") > 0)
        #expect(call.process.output.contains("missing keys: "))
    }

    @Test("populates each key once in a closed loop, and finds them all again")
    func populate() async throws {
        let server = try await RedisServer.start()
        let keys = "--first-key 7 --keys 5000 --value-size 33"
        let filling = try await LoadCall.run(
            "\(server.address) --rate max --requests 5000 \(keys) --distribution sequence "
                + "--write-fraction 1"
        )
        #expect(try server.ask("dbsize").hasPrefix("5000"))
        #expect(try server.ask("strlen", "key:000000005006").hasPrefix("33"))
        #expect(try filling.sums().keys.sorted() == ["WRITE-st"])
        let reading = try await LoadCall.run(
            "\(server.address) --rate 1000 --duration 1s \(keys) --write-fraction 0"
        )
        #expect(try reading.lastLine() == "#[Complete: requests=1000 errors=0 missing=0]")
    }

    @Test("takes values larger than any buffer")
    func largeValues() async throws {
        let server = try await RedisServer.start()
        let call = try await LoadCall.run(
            "\(server.address) --rate 20 --requests 20 --keys 3 --value-size 3000000 "
                + "--write-fraction 0.5 --connections 2"
        )
        #expect(try call.lastLine().hasPrefix("#[Complete: requests=20 errors=0"))
        #expect(try server.calls("get") + server.calls("set") == 20)
    }

    @Test("sends every request although the server pauses, and shows the pause as it was")
    func pause() async throws {
        let server = try await RedisServer.start()
        let call = try LoadCall("\(server.address) --rate 500 --duration 4s --keys 100")
        try await call.waitForReports(1)
        server.send(SIGSTOP)
        try await Task.sleep(for: .seconds(1))
        server.send(SIGCONT)
        try await call.end()
        #expect(try server.calls("get") + server.calls("set") == 2_000)
        let sums = try call.sums()
        let counts = try ["READ-rt", "WRITE-rt"].map { try #require(sums[$0]) }
        #expect(counts.map(\.count).reduce(0, +) == 2_000)
        // Of the 500 that were due in the pause, half waited for half of it or longer.
        let long = counts.map { $0.countBetween(500_000_000, and: 60_000_000_000) }
        #expect(long.reduce(0, +) >= 200)
        #expect(counts.map(\.max).max() ?? 0 >= 900_000_000)
    }

    @Test("skips nothing when it is itself held up, and lets the response times show it")
    func heldUp() async throws {
        let server = try await RedisServer.start()
        let call = try LoadCall("\(server.address) --rate 500 --duration 3s --write-fraction 0")
        try await call.waitForReports(1)
        call.process.send(SIGSTOP)
        try await Task.sleep(for: .seconds(1))
        call.process.send(SIGCONT)
        try await call.end()
        #expect(try server.calls("get") == 1_500)
        #expect(try call.final("requests") == 1_500)
        #expect(try #require(call.sums()["READ-rt"]).max >= 900_000_000)
    }

    @Test("counts requests without a reply in time as failed, with the time they took")
    func timeouts() async throws {
        let server = try await RedisServer.start()
        let call = try LoadCall(
            "\(server.address) --rate 200 --duration 2s --timeout 300ms --write-fraction 0"
        )
        try await call.waitForReports(1)
        server.send(SIGSTOP)
        try await call.end()
        server.send(SIGCONT)
        let sums = try call.sums()
        let failed = try #require(sums["READ-error"])
        #expect(try call.final("requests") == 400)
        #expect(sums["READ-rt"]?.count == 400)
        #expect(Int64(try call.final("errors")) == failed.count)
        #expect(failed.count > 50)
        #expect(failed.min >= 299_000_000)
        #expect(call.process.output.contains("timed out"))
    }

    @Test("goes on when the server dies, counts what failed, and finds it when it is back")
    func death() async throws {
        let server = try await RedisServer.start()
        let call = try LoadCall(
            "\(server.address) --rate 500 --duration 6s --timeout 400ms --write-fraction 0"
        )
        try await call.waitForReports(1)
        try await server.kill()
        try await call.waitForReports(3)
        let successor = try await RedisServer.start(port: server.port)
        try await call.end()
        #expect(try call.final("requests") == 3_000)
        let errors = try call.final("errors")
        #expect(errors >= 100)
        #expect(try successor.calls("get") >= 100)
        #expect(try call.sums()["READ-error"]?.count == Int64(errors))
    }

    @Test("counts refusals by the server as failed, by kind")
    func refusals() async throws {
        let server = try await RedisServer.start()
        try server.ask("config", "set", "maxmemory", "1")
        let call = try await LoadCall.run(
            "\(server.address) --rate 500 --requests 500 --write-fraction 0.5"
        )
        let writes = try #require(try call.sums()["WRITE-rt"]).count
        #expect(Int64(try call.final("errors")) == writes)
        #expect(call.process.output.contains("refused with OOM"))
        let allFailed = try await LoadCall.run(
            "\(server.address) --rate 500 --requests 50 --write-fraction 1",
            status: 1
        )
        #expect(try allFailed.final("errors") == 50)
    }
}

@Suite("bench load from start to end", .serialized, .timeLimit(.minutes(4)))
struct LoadLifeTests {
    @Test("says which server it cannot reach")
    func unreachable() async throws {
        let server = try await RedisServer.start()
        let address = server.address
        try await server.kill()
        let call = try await LoadCall.run("\(address) --rate 10 --duration 1s", status: 1)
        #expect(
            call.process.errors
                == "bench load: no connection could be made: \(address): connection refused\n"
        )
    }

    @Test("refuses a wrong call, a log that cannot be written, and a server that is no cluster")
    func refused() async throws {
        let usage = try await LoadCall.run("127.0.0.1 --rate ten --duration 1s", status: 2)
        #expect(usage.process.errors.contains(#"--rate "ten" must be"#))
        let server = try await RedisServer.start()
        let log = try await LoadCall.run(
            "\(server.address) --rate 10 --duration 1s --log /nowhere/x.hdr",
            status: 1
        )
        #expect(log.process.errors == "bench load: /nowhere/x.hdr: no such file or directory\n")
        let full = try await LoadCall.run(
            "\(server.address) --rate 10 --duration 5s --log /dev/full",
            status: 1
        )
        #expect(full.process.errors == "bench load: /dev/full: no space left on device\n")
        let single = try await LoadCall.run(
            "\(server.address) --rate 10 --duration 1s --cluster",
            status: 1
        )
        #expect(single.process.errors.contains("\(server.address): this is no part of a cluster"))
    }

    @Test("ends with a log that says so when it is told to end", arguments: [SIGTERM, SIGINT])
    func stopped(signal: Int32) async throws {
        let server = try await RedisServer.start()
        let call = try LoadCall("\(server.address) --rate 200 --duration 60s")
        try await call.waitForReports(1)
        call.process.send(signal)
        try await call.end(status: 1)
        #expect(call.process.errors.contains("stopped early by SIG"))
        #expect(try call.lastLine().hasPrefix("#[Stopped: requests="))
        let sums = try call.sums()
        let logged = (sums["READ-rt"]?.count ?? 0) + (sums["WRITE-rt"]?.count ?? 0)
        #expect(logged >= 190)
        #expect(Int64(try call.final("requests")) == logged)
    }

    @Test("leaves a readable log without a last word when it is killed")
    func killed() async throws {
        let server = try await RedisServer.start()
        let call = try LoadCall("\(server.address) --rate 200 --duration 60s")
        try await call.waitForReports(2)
        call.process.send(SIGKILL)
        #expect(try await call.process.wait() == .signal(SIGKILL))
        let sums = try call.sums()
        #expect((sums["READ-rt"]?.count ?? 0) + (sums["WRITE-rt"]?.count ?? 0) >= 390)
        let text = try String(contentsOfFile: call.log, encoding: .utf8)
        #expect(text.hasSuffix("\n"))
        #expect(!text.contains("#[Complete"))
    }

    @Test("several begin at the same instant, and never in the past")
    func startAt() async throws {
        let server = try await RedisServer.start()
        // Debug builds on a busy machine may take seconds to connect.
        let begin = Int(Date().timeIntervalSince1970) + 5
        let words = "\(server.address) --rate 200 --duration 1s --start-at \(begin)"
        let calls = try [LoadCall(words), LoadCall(words + " --seed 2")]
        for call in calls {
            try await call.end()
            #expect(try call.final("requests") == 200)
            let reader = try IntervalLogReader(path: call.log)
            _ = try reader.next()
            #expect(reader.startTime == .seconds(begin))
        }
        let late = try await LoadCall.run(
            "\(server.address) --rate 200 --duration 1s --start-at \(begin - 10)",
            status: 1
        )
        #expect(late.process.errors.contains("--start-at \(begin - 10).000 has passed: it is"))
    }
}

@Suite("bench load on a Redis Cluster", .serialized, .timeLimit(.minutes(4)))
struct LoadClusterTests {
    @Test("finds the cluster from one server, and follows hash slots that move during the load")
    func resharding() async throws {
        let servers = try await RedisServer.startCluster()
        let seed = servers[1].address
        try await LoadCall.run(
            "\(seed) --rate max --requests 3000 --keys 3000 --distribution sequence "
                + "--write-fraction 1 --cluster"
        )
        for server in servers {
            #expect((900...1_100).contains(try server.calls("set")))
        }
        let call = try LoadCall(
            "\(seed) --rate 500 --duration 8s --keys 3000 --connections 6 --threads 2"
        )
        try await call.waitForReports(1)
        let from = try servers[0].ask("cluster", "myid").trimmingCharacters(
            in: .whitespacesAndNewlines
        )
        let to = try servers[1].ask("cluster", "myid").trimmingCharacters(
            in: .whitespacesAndNewlines
        )
        let reshard = try ChildProcess(
            ["redis-cli", "--cluster", "reshard", seed, "--cluster-from", from, "--cluster-to", to]
                + ["--cluster-slots", "1500", "--cluster-yes"]
        )
        try await call.end()
        _ = try await reshard.wait()
        #expect(try call.lastLine() == "#[Complete: requests=4000 errors=0 missing=0]")
        #expect(call.process.output.contains("redirections followed: "))
        let logged = try call.sums()["READ-rt"]?.count ?? 0
        // A redirected request is counted by the server that carried it out, and not by the other.
        let carriedOut = try servers.reduce(0) { try $0 + $1.calls("get") }
        #expect(Int64(carriedOut) == logged)
    }

    @Test("finds the replica that takes a dead server's place")
    func failover() async throws {
        let servers = try await RedisServer.startCluster(of: 6, replicas: 1)
        let call = try LoadCall(
            "\(servers[0].address) --rate 300 --duration 15s --timeout 500ms --connections 3"
        )
        try await call.waitForReports(1)
        try await servers[0].kill()
        try await call.end()
        #expect(try call.final("requests") == 4_500)
        #expect(try call.final("errors") < 3_000)
        let promoted = try servers.suffix(3).map { server in
            try server.ask("info", "replication").contains("role:master")
                ? try server.calls("get") : 0
        }
        #expect(promoted.reduce(0, +) >= 100)
    }

    @Test("goes on with the other servers when one dies")
    func death() async throws {
        let servers = try await RedisServer.startCluster()
        for server in servers {
            try server.ask("config", "set", "cluster-require-full-coverage", "no")
        }
        let call = try LoadCall(
            "\(servers[0].address) --rate 300 --duration 4s --timeout 500ms --connections 3"
        )
        try await call.waitForReports(1)
        try await servers[2].kill()
        try await call.end()
        #expect(try call.final("requests") == 1_200)
        let errors = try call.final("errors")
        #expect((50...700).contains(errors))
    }
}
