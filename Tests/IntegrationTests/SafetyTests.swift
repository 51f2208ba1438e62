import DeploymentState
import FoundationEssentials
import Glibc
import Shell
import Testing

@Suite(
    "No machine is lost by mistake",
    .enabled(if: ProvProgram.hasTerraform),
    .timeLimit(.minutes(3))
)
struct SafetyTests {
    private static let make = ["provision", "demo", ProvProgram.processes, "c.yml"]

    /// Makes the deployment `demo` of two machines.
    private func with(
        _ body: (ProvProgram, _ machines: () throws -> Int) async throws -> Void
    ) async throws {
        try await ProvProgram.with { prov in
            try Files.write("server_count: 2\n", to: "\(prov.folder)/c.yml")
            let made = try await prov.call(Self.make).run()
            #expect(made.isSuccess, "\(made.errorText)")
            let id = try DeploymentRecord(file: "\(prov.folder)/demo/deployment.json").id
            try await body(prov) { try ProvProgram.machines(of: id).count }
        }
    }

    @Test("without a terminal and without --yes nothing is made and nothing is ended")
    func noTerminal() async throws {
        try await with { prov, machines in
            let refused = try await prov.asking(["deprovision", "demo"]).run()
            #expect(refused.status == .exited(1))
            #expect(
                refused.errorText
                    == "prov: demo: this would end 2 servers with all that is on them, and there is no "
                    + "terminal on which to ask; pass --yes\n"
            )
            #expect(try machines() == 2)

            let other = ["provision", "other", ProvProgram.processes, "c.yml"]
            let unmade = try await prov.asking(other).run()
            #expect(unmade.status == .exited(1))
            #expect(
                unmade.errorText.hasSuffix(
                    "prov: other: there is no terminal on which to ask; pass --yes to go on\n"
                )
            )
            #expect(!Files.exists("\(prov.folder)/other"))
        }
    }

    @Test("at a terminal deprovision names what will be lost, and only a yes ends it")
    func terminal() async throws {
        try await with { prov, machines in
            for answer in ["n\n", "\n", "demo\n"] {
                let kept = try await prov.atTerminal(["deprovision", "demo"], typing: answer).run()
                #expect(kept.status == .exited(1))
                let lines = kept.outputText.split(whereSeparator: \.isNewline).map(String.init)
                #expect(lines.contains("demo: this ends 2 servers with all that is on them"))
                #expect(lines.contains("  server-0 server-1"))
                #expect(kept.outputText.contains("prov: demo: not confirmed; nothing was changed"))
                #expect(try machines() == 2)
            }
            let gone = try await prov.atTerminal(["deprovision", "demo"], typing: "y\n").run()
            #expect(gone.isSuccess, "\(gone.outputText)")
            #expect(try machines() == 0)
        }
    }

    /// The terraform that a copy's file names is its original's, and goes on.
    private func keepsAtWork(_ prov: ProvProgram) async throws {
        let sleeper = prov.call("sleep", ["600"])
        let (ids, started) = AsyncStream<Int32>.makeStream()
        let task = Task { try await sleeper.run(onStart: { started.yield($0) }) }
        var next = ids.makeAsyncIterator()
        let id = try #require(await next.next())
        let stat = try Files.read("/proc/\(id)/stat")
        let fields = stat[try #require(stat.lastIndex(of: ")"))...].split(separator: " ")
        let boot = try Files.read("/proc/sys/kernel/random/boot_id").filter { $0 != "\n" }
        let text = """
            {"id": \(id), "start": "\(fields[20])", "boot": "\(boot)\\n", "deployment": "0123abcd"}
            """
        for words in [["provision", "copy"], ["plan", "copy"]] {
            try Files.write(text, to: "\(prov.folder)/copy/.terraform-process")
            let outcome = try await prov.call(words + Self.make.dropFirst(2)).run()
            let says = "copy: holds the deployment \"demo\" under another name"
            #expect(outcome.errorText.contains(says), "\(words): \(outcome.errorText)")
            #expect(!outcome.errorText.contains("waiting for the terraform"), "\(words)")
            #expect(Files.exists("/proc/\(id)"), "\(words)")
        }
        task.cancel()
        _ = try await task.value
    }

    @Test("a copied directory ends no machine of its original")
    func copy() async throws {
        try await with { prov, machines in
            try await prov.call("cp", ["-a", "demo", "copy"]).execute()
            for words in [
                ["deprovision", "copy"], ["status", "copy"], ["extend", "copy", "1h"],
                ["provision", "copy"] + Self.make.dropFirst(2),
            ] {
                let outcome = try await prov.call(words).run()
                #expect(outcome.status == .exited(1))
                let says = "copy: holds the deployment \"demo\" under another name"
                #expect(outcome.errorText.contains(says), "\(words): \(outcome.errorText)")
            }
            try await keepsAtWork(prov)
            try Files.remove("\(prov.folder)/copy")
            // Nor does one of the same name, such as a backup; one that was moved can be worked on.
            try Files.makeDirectory("\(prov.folder)/backup")
            try await prov.call("cp", ["-a", "demo", "backup/demo"]).execute()
            for words in [
                ["deprovision", "backup/demo", "--yes"], ["status", "backup/demo"],
                ["extend", "backup/demo", "1h"],
            ] {
                let outcome = try await prov.call(words).run()
                #expect(outcome.status == .exited(1))
                let says = "backup/demo: a copy of \(prov.folder)/demo, which still stands"
                #expect(outcome.errorText.contains(says), "\(words): \(outcome.errorText)")
            }
            #expect(try machines() == 2)
            try Files.remove("\(prov.folder)/demo")
            let silent = try await prov.call(["deprovision", "backup/demo", "--yes"]).run()
            #expect(
                silent.errorText.contains("backup/demo: not the directory"),
                "\(silent.errorText)"
            )
            #expect(try machines() == 2)
            try await prov.call(["status", "backup/demo", "--moved"]).execute()
            try await prov.call(["deprovision", "backup/demo", "--yes"]).execute()
            #expect(try machines() == 0)
        }
    }

    @Test("nor does it when the original has moved, is damaged, or another's")
    func movedOriginal() async throws {
        try await with { prov, machines in
            for folder in ["c", "e"] { try Files.makeDirectory("\(prov.folder)/\(folder)") }
            let copy = { (from: String, to: String) in
                _ = try await prov.call("cp", ["-a", from, to]).execute()
            }
            func expectRefused(_ path: String, _ says: String) async throws {
                let outcome = try await prov.call(["deprovision", path, "--yes"]).run()
                #expect(outcome.status == .exited(1))
                #expect(outcome.errorText.contains("\(path): \(says)"), "\(outcome.errorText)")
                #expect(try machines() == 2)
            }
            // The copy's record still names the place that the original has left.
            let files = StateFiles("\(prov.folder)/e/demo")
            try Files.move("\(prov.folder)/demo", to: files.path)
            try await copy("e/demo", "c/demo")
            try await expectRefused(
                "c/demo",
                "not the directory in which its record was last written"
            )
            // A move on one file system asks nobody, and ssh finds the keys.
            let status = try await prov.call(["status", "e/demo"]).run()
            #expect(status.isSuccess, "\(status.errorText)")
            let config = try Files.read(files.sshConfig)
            #expect(config.contains("UserKnownHostsFile \"\(files.knownHosts)\""), "\(config)")
            try Files.remove("\(prov.folder)/c/demo")
            try await copy("e/demo", "c/demo")
            try await expectRefused("c/demo", "a copy of \(files.path), which still stands")
            // Whatever keeps the original from being read.
            try await prov.call("chmod", ["g+w", files.record]).execute()
            try await expectRefused("c/demo", "may be a copy of \(files.path)")
            try await prov.call("chmod", ["g-w", files.record]).execute()
            if getuid() == 0 {
                try await prov.call("chown", ["-R", "65534", files.path]).execute()
                try await expectRefused("c/demo", "may be a copy of \(files.path)")
                try await prov.call("chown", ["-R", "0", files.path]).execute()
            }
            // A backup in the old place is not the original, which has gone on.
            try Files.move("\(prov.folder)/e", to: "\(prov.folder)/f")
            try Files.makeDirectory("\(prov.folder)/e")
            try await copy("c/demo", "e/demo")
            try await expectRefused(
                "e/demo",
                "not the directory in which its record was last written"
            )
            // By a link to it the original ends as a whole.
            try #require(symlink("f/demo", "\(prov.folder)/demo") == 0)
            let ended = try await prov.call(["deprovision", "demo"]).run()
            #expect(ended.isSuccess, "\(ended.errorText)")
            #expect(!Files.exists("\(prov.folder)/f/demo"))
            #expect(try machines() == 0)
        }
    }

    @Test("what cannot be made is refused before it leaves anything behind")
    func early() async throws {
        try await ProvProgram.with { prov in
            let timed = try await prov.call(Self.make.dropLast() + ["--ttl", "1h"]).run()
            #expect(timed.errorText.contains("it declares no variable \"expires_at\""))
            for (name, says) in [
                ("a\nb", "a line break"), ("a\tb", "a tab"), ("a\"b", "a double quote"),
            ] {
                let folder = "\(prov.folder)/\(name)"
                try Files.makeDirectory(folder)
                var call = prov.call(Self.make.dropLast())
                call.directory = folder
                let outcome = try await call.run()
                #expect(outcome.status == .exited(1))
                #expect(outcome.errorText.contains("\(says) in the path of a deployment"))
                #expect(try Files.list(folder).isEmpty)
            }
            #expect(!Files.exists("\(prov.folder)/demo"))
        }
    }

    @Test("git takes nothing of a deployment, and finds no tree dirty by one")
    func git() async throws {
        try await with { prov, _ in
            try await prov.call("git", ["init", "-q"]).execute()
            let status = try await prov.call("git", ["status", "--porcelain", "-uall"]).execute()
            #expect(!status.outputText.contains("demo/"), "\(status.outputText)")
        }
    }

    @Test("reap looks again after the answer, and leaves alone what was extended meanwhile")
    func reap() async throws {
        try await with { prov, machines in
            let path = "\(prov.folder)/demo/deployment.json"
            var record = try DeploymentRecord(file: path)
            record.expiresAt = Date(timeIntervalSinceNow: -60)
            try record.write(to: path)
            // The answer comes when the file is there.
            let reap = Command(["\(Command([ProvProgram.executable, "reap"]))"])
            let script =
                "(until [ -e go ]; do sleep 0.02; done; echo y) | script -qec \(reap) /dev/null"
            let asked = AsyncStream<Void>.makeStream()
            async let pending = prov.call("bash", ["-c", script]).run(onLine: { _, line in
                if line.contains("state directory") { asked.continuation.yield() }
            })
            for await _ in asked.stream { break }
            record.expiresAt = Date(timeIntervalSinceNow: 3_600)
            try record.write(to: path)
            try Files.write("", to: "\(prov.folder)/go")
            let outcome = try await pending
            #expect(outcome.status == .exited(1))
            #expect(
                outcome.outputText.contains("prov: demo: demo: was extended meanwhile"),
                "\(outcome.outputText)"
            )
            #expect(try machines() == 2)
        }
    }

    @Test(
        "what another user can have filled is passed over by reap and list, unless it is named",
        .enabled(if: getuid() == 0, "only root can give a directory away")
    )
    func othersDirectory() async throws {
        try await with { prov, machines in
            let path = "\(prov.folder)/demo/deployment.json"
            var record = try DeploymentRecord(file: path)
            record.expiresAt = Date(timeIntervalSinceNow: -60)
            try record.write(to: path)
            let evil =
                "resource \"terraform_data\" \"x\" {\n  provisioner \"local-exec\" {\n"
                + "    command = \"touch '\(prov.folder)/ran'\"\n  }\n}\n"
            let others = [
                (
                    ["chown", "65534", "demo"],
                    "/demo: belongs to nobody, and what it names would run as root"
                ),
                (["chmod", "777", "demo"], "/demo: others may write there (mode 0777)"),
            ]
            for (words, says) in others {
                try await prov.call(words[0], Array(words.dropFirst())).execute()
                try Files.write(evil, to: "\(prov.folder)/demo/tf/evil.tf")
                let reap = try await prov.call(["reap", "--yes"]).run()
                #expect(reap.outputText == "nothing has expired\n", "\(words)")
                #expect(reap.errorText.contains(says), "\(reap.errorText)")
                #expect(!Files.exists("\(prov.folder)/ran"))
                #expect(try machines() == 2)
                try await prov.call("chown", ["0", "demo"]).execute()
            }
            try await prov.call("chmod", ["700", "demo"]).execute()
            try Files.remove("\(prov.folder)/demo/tf/evil.tf")
            #expect(try await prov.call(["reap", "--yes"]).run().isSuccess)
            #expect(try machines() == 0)
        }
    }

    @Test(
        "reap looks again at what has no state directory here, and sweeps nothing that was extended"
    )
    func reapStranger() async throws {
        try await ProvProgram.with { prov in
            let template = "\(prov.folder)/host"
            try Files.makeDirectory(template)
            try Files.write(
                "#!/bin/bash\nprintf '0123abcd\\tdemo\\tme\\t-\\t%s\\t-\\tserver-0\\t1\\n' \"$(cat '\(template)/end')\"\n",
                to: "\(template)/deployments",
                mode: 0o700
            )
            let sweep = "#!/bin/bash\ntouch '\(template)/swept'\n"
            try Files.write(sweep, to: "\(template)/sweep", mode: 0o700)
            func end(in seconds: Double) throws {
                let text = Date(timeIntervalSinceNow: seconds).formatted(.iso8601)
                try Files.write(text, to: "\(template)/end")
            }
            try end(in: -60)
            let words = ["reap", "--host", "--template", template]
            let reap = Command(["\(Command([ProvProgram.executable] + words))"])
            let script =
                "(until [ -e go ]; do sleep 0.02; done; echo y) | script -qec \(reap) /dev/null"
            let asked = AsyncStream<Void>.makeStream()
            async let pending = prov.call("bash", ["-c", script]).run(onLine: { _, line in
                if line.contains("state directory") { asked.continuation.yield() }
            })
            for await _ in asked.stream { break }
            try end(in: 3_600)
            try Files.write("", to: "\(prov.folder)/go")
            let outcome = try await pending
            #expect(outcome.status == .exited(1))
            #expect(
                outcome.outputText.contains("was extended meanwhile"),
                "\(outcome.outputText)"
            )
            #expect(!Files.exists("\(template)/swept"))
            try end(in: -60)
            let agreed = try await prov.call(words + ["--yes"]).run()
            #expect(agreed.isSuccess, "\(agreed.errorText)")
            #expect(Files.exists("\(template)/swept"))
        }
    }

    @Test("nothing runs from the current directory that was not named")
    func plantedFolder() async throws {
        try await ProvProgram.with { prov in
            for folder in ["prov", "prov/ec2", "prov/ec2/cloud", "prov/ec2/cloud/end"] {
                try Files.makeDirectory("\(prov.folder)/\(folder)")
                try Files.write("# planted\n", to: "\(prov.folder)/\(folder)/main.tf")
            }
            let fake = "#!/bin/sh\n! grep -q planted main.tf || touch \"$RAN\"; exit 1\n"
            try Files.write(fake, to: "\(prov.folder)/terraform", mode: 0o700)
            let ran = "\(prov.folder)/ran"
            let outcome = try await prov.adding(["RAN": ran]).run(
                "list",
                "--cloud",
                "--region",
                "us-east-1",
                "--terraform",
                "./terraform"
            )
            #expect(outcome.status == .exited(1))
            #expect(outcome.errorText.contains("terraform init"), "\(outcome.errorText)")
            #expect(!Files.exists(ran))
        }
    }
}
