import DeploymentState
import FoundationEssentials
import Shell
import Testing

@Suite(
    "The end of life of machines on this host",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(10))
)
struct LocalExpiryTests {
    @Test("comes by itself, is put off by extend, and asks for a new time afterwards")
    func expiry() async throws {
        try await ProvProgram.with { prov in
            let config = "server_count: 1\nclient_count: 1\nmonitor_count: 0\n"
            try Files.write(config, to: "\(prov.folder)/c.yml")
            let words = ["provision", "demo", LocalMachines.template, "c.yml", "--yes"]
            let made = try await prov.call(words + ["--ttl", "40s"]).run()
            #expect(made.isSuccess, "\(made.errorText)")
            let first = try #require(try Self.end(prov))

            // By the clock, and in so long whatever the clock says.
            let show = "systemctl show prov-expire.timer -p TimersCalendar -p TimersMonotonic"
            let timer = try await Self.ask(prov, show).outputText
            let time = first.formatted(.iso8601.dateTimeSeparator(.space)).dropLast()
            #expect(timer.contains("OnCalendar=\(time) UTC "), "\(timer)")
            #expect(timer.contains("OnActiveUSec="), "\(timer)")

            let extended = try await prov.run("extend", "demo", "10s")
            #expect(extended.isSuccess, "\(extended.errorText)")
            let end = try #require(try Self.end(prov))
            #expect(end == first.addingTimeInterval(10))
            let file = try await Self.ask(prov, "cat /etc/prov/expires")
            #expect(file.outputText == end.formatted(.iso8601) + "\n")

            let limit = ContinuousClock.now + .seconds(120)
            while try await Self.ask(prov, "true").isSuccess, ContinuousClock.now < limit {
                try await Task.sleep(for: .milliseconds(500))
            }
            #expect(Date() >= end)
            #expect(try await !Self.ask(prov, "true").isSuccess)
            let list = try await prov.run("list")
            #expect(list.outputText.contains("ready (expired)"))
            let again = try await prov.call(words).run()
            #expect(again.errorText.contains("prov: demo: it expired at "), "\(again.errorText)")
            #expect(try await prov.run("deprovision", "demo").isSuccess)
        }
    }

    private static func end(_ prov: ProvProgram) throws -> Date? {
        try StateDirectory.open("demo", in: prov.folder, home: nil).record.expiresAt
    }

    private static func ask(_ prov: ProvProgram, _ command: String) async throws -> Outcome {
        let config = "\(prov.folder)/demo/ssh_config"
        let words = ["-F", config, "-o", "ConnectTimeout=3", "server-0", command]
        return try await prov.call("ssh", words).run()
    }
}
