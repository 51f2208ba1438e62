import FoundationEssentials
import DeploymentState
import Shell
import Testing

@Suite(
    "Machines on this host whose state directory has gone",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(10))
)
struct HostTests {
    /// Makes a machine and loses its state directory.
    ///
    /// `body` gets the deployment's id, and a template that lists it alone: others of this host are none
    /// of a test's business.
    private func withLost(
        _ options: String...,
        body: (ProvProgram, _ id: String, _ template: String) async throws -> Void
    ) async throws {
        try await ProvProgram.with { prov in
            try Files.write(
                "server_count: 1\nclient_count: 1\nmonitor_count: 0\nowner: tests@example.org\n",
                to: "\(prov.folder)/c.yml"
            )
            let words = ["provision", "prov-lost", LocalMachines.template, "c.yml"] + options
            let made = try await prov.call(words).run()
            #expect(made.isSuccess, "\(made.errorText)")
            let record = try DeploymentRecord(file: "\(prov.folder)/prov-lost/deployment.json")
            let template = "\(prov.folder)/listing"
            try Files.makeDirectory(template)
            let list =
                "#!/bin/bash\n'\(LocalMachines.template)/deployments' | grep '^\(record.id)' || true\n"
            try Files.write(list, to: "\(template)/deployments", mode: 0o700)
            let sweep = "#!/bin/bash\nexec '\(LocalMachines.template)/sweep' \"$@\"\n"
            try Files.write(sweep, to: "\(template)/sweep", mode: 0o700)
            var failure: (any Error)?
            do { try await body(prov, record.id, template) } catch { failure = error }
            try await uncancelled {
                try await LocalProcess("\(LocalMachines.template)/sweep", [record.id]).execute()
            }
            if let failure { throw failure }
        }
    }

    private func leftovers(_ id: String) async throws -> String {
        try await LocalProcess("\(LocalMachines.template)/leftovers", [id]).run().outputText
    }

    @Test("are found with their owner and age, and ended by deprovision, which asks")
    func deprovision() async throws {
        try await withLost { prov, id, template in
            let there = try await prov.run("list", "--host", "--template", template)
            let path = "\(prov.folder)/prov-lost"
            #expect(
                there.outputText.contains("  tests@example.org  \(path)\n"),
                "\(there.outputText)"
            )
            try Files.remove(path)

            let list = try await prov.run("list", "--host")
            let row = try #require(list.outputText.split(separator: "\n").first { $0.contains(id) })
            let cells = row.split(separator: " ").map(String.init)
            #expect(Array(cells.prefix(4)) == ["prov-lost", id, "2", "2"])
            #expect(row.hasSuffix("  never       tests@example.org  gone"), "\(row)")
            let json = try await prov.run("list", "--host", "--json", "--template", template)
            #expect(json.outputText.contains("\"created_at\" : \"20"))
            #expect(!json.outputText.contains("state_directory"))

            let key = "prov-lost-\(id)"
            let refused = try await prov.asking(["deprovision", key, "--host"]).run()
            #expect(refused.status == .exited(1))
            #expect(
                refused.errorText
                    == "prov: \(key): this would end 2 nodes of tests@example.org on this host, and "
                    + "there is no terminal on which to ask; pass --yes\n"
            )
            #expect(try await leftovers(id) != "")
            let gone = try await prov.run("deprovision", key, "--host")
            #expect(gone.outputText.hasPrefix("\(key) is gone after "), "\(gone.errorText)")
            #expect(try await leftovers(id) == "")
            let again = try await prov.run("deprovision", key, "--host")
            #expect(again.errorText.contains("no deployment \"\(key)\" on this host"))
        }
    }

    @Test("are ended by their state directory where that is still there")
    func here() async throws {
        try await withLost { prov, id, template in
            let words = ["deprovision", id, "--host", "--template", template]
            let gone = try await prov.call(words).run()
            #expect(gone.errorText.contains("/prov-lost is here; ending it from there\n"))
            #expect(gone.outputText.hasPrefix("prov-lost is gone after "), "\(gone.errorText)")
            #expect(!Files.exists("\(prov.folder)/prov-lost"))
            #expect(try await leftovers(id) == "")
        }
    }

    @Test("are reached by reap once they have expired, and not before")
    func reap() async throws {
        try await withLost("--ttl", "2h") { prov, id, template in
            try Files.remove("\(prov.folder)/prov-lost")
            let words = ["reap", "--host", "--yes", "--template", template]
            let early = try await prov.call(words).run()
            #expect(early.outputText == "nothing has expired\n", "\(early.errorText)")
            let past = Date(timeIntervalSinceNow: -60).formatted(.iso8601)
            let write = "echo \(past) > /var/lib/prov/local/\(id)/expires"
            try await LocalProcess("sh", ["-c", write]).execute()
            let reaped = try await prov.call(words).run()
            #expect(reaped.isSuccess, "\(reaped.errorText)")
            #expect(reaped.outputText.contains("prov-lost-\(id) is gone after "))
            #expect(try await leftovers(id) == "")
        }
    }

    @Test("are not reaped by a state directory whose end was put off on the machines alone")
    func extendedElsewhere() async throws {
        try await withLost("--ttl", "2h") { prov, id, template in
            let files = StateFiles("\(prov.folder)/prov-lost")
            var record = try DeploymentRecord(of: files)
            record.expiresAt = Date(timeIntervalSinceNow: -60)
            try record.write(to: files.record)
            let refused = try await prov.call(["reap", "--yes"]).run()
            #expect(!refused.isSuccess)
            #expect(refused.errorText.contains("prov-lost: "), "\(refused.errorText)")
            #expect(refused.errorText.contains("was extended"), "\(refused.errorText)")
            #expect(try await leftovers(id) != "")
        }
    }

    @Test(
        "are not ended from another host that has their state directory, where they cannot be seen"
    )
    func otherHost() async throws {
        try await withLost { prov, id, template in
            let files = StateFiles("\(prov.folder)/prov-lost")
            var record = try DeploymentRecord(of: files)
            #expect(record.place?.keys.sorted() == ["host"])
            record.place?["host"] = "another"
            try record.write(to: files.record)
            for words in [
                ["deprovision", "prov-lost", "--yes"],
                ["provision", "prov-lost", LocalMachines.template, "c.yml", "--yes"],
            ] {
                let refused = try await prov.call(words).run()
                #expect(!refused.isSuccess)
                #expect(refused.errorText.contains("host"), "\(refused.errorText)")
            }
            #expect(try await leftovers(id) != "")
        }
    }

    @Test("--host takes no cloud, region or config")
    func usage() async throws {
        try await ProvProgram.with { prov in
            for words in [["--cloud"], ["--region", "us-east-1"], ["c.yml"]] {
                let outcome = try await prov.call(["list", "--host"] + words).run()
                #expect(outcome.status == .exited(2), "\(words): \(outcome.errorText)")
            }
        }
    }
}
