import DeploymentState
import Foundation
import Glibc
import Shell
import TestSupport
import Testing

@testable import Prov

@Suite("prov doctor", .timeLimit(.minutes(2)), .enabled(if: ProvProgram.hasTerraform))
struct DoctorCommandTests {
    /// A server that answers each request with the date of year 2001.
    private static let oldServer = """
        import http.server, sys
        class Old(http.server.BaseHTTPRequestHandler):
            def date_time_string(self, timestamp=None): return "Mon, 01 Jan 2001 00:00:00 GMT"
            def do_HEAD(self): self.send_response(200); self.end_headers()
        server = http.server.HTTPServer(("127.0.0.1", 0), Old)
        print(server.server_port, flush=True)
        server.serve_forever()
        """

    /// Runs the doctor without a network.
    private static func doctor(
        _ program: ProvProgram,
        _ words: [String] = [],
        clock: String = "http://127.0.0.1:1"
    ) async throws -> Outcome {
        var call = program.call(["doctor"] + words)
        call.environment?["AWS_ENDPOINT_URL"] = clock
        return try await call.run()
    }

    private static func withDeployment(_ body: (ProvProgram) async throws -> Void) async throws {
        try await ProvProgram.with { program in
            try Files.write("x_none: 1\n", to: program.folder + "/c.yml")
            let made = try await program.run("provision", "demo", ProvProgram.processes, "c.yml")
            #expect(made.isSuccess, "\(made.errorText)")
            try await body(program)
        }
    }

    @Test("finds no fault where there is none, and says what it could not look at")
    func healthy() async throws {
        try await Self.withDeployment { program in
            let outcome = try await Self.doctor(program, [ProvProgram.processes])
            #expect(outcome.isSuccess, "\(outcome.outputText)\(outcome.errorText)")
            let text = outcome.outputText
            #expect(text.contains("ok           demo: private, and nothing left half-way\n"))
            #expect(text.contains("not checked  clock: no time from http://127.0.0.1:1\n"))
            #expect(text.contains("ok           providers: terraform has those of"))
            #expect(!text.contains("fault"))
        }
    }

    @Test("what prov/local needs is looked at, each with its remedy")
    func local() async throws {
        try await ProvProgram.with { program in
            let outcome = try await Self.doctor(program, [LocalMachines.template])
            for subject in ["systemd-nspawn", "mmdebstrap", "root", "cgroups", "disk"] {
                #expect(outcome.outputText.contains("  \(subject): "), "\(outcome.outputText)")
            }
            #expect(LocalChecks.cgroups(at: program.folder).state == .fault)
            let unpinned = ", without cpuset: server_cpuset and its like are refused"
            try Files.makeDirectory(program.folder + "/v2")
            for (names, text) in [("cpuset cpu memory", ""), ("cpu memory", unpinned)] {
                try Files.write("\(names)\n", to: program.folder + "/v2/cgroup.controllers")
                let finding = LocalChecks.cgroups(at: program.folder + "/v2")
                #expect(finding == .ok("cgroups", "version 2\(text)"))
            }
            try Files.makeDirectory(program.folder + "/v1")
            for controller in ["cpu", "memory", "pids"] {
                try Files.makeDirectory("\(program.folder)/v1/\(controller)")
            }
            #expect(LocalChecks.cgroups(at: program.folder + "/v1").text == "version 1\(unpinned)")
            try Files.makeDirectory(program.folder + "/v1/cpuset")
            #expect(LocalChecks.cgroups(at: program.folder + "/v1").text == "version 1")
            #expect(LocalChecks.disk(at: program.folder, needed: .max).state == .fault)
            #expect(LocalChecks.disk(at: program.folder, needed: 1).state == .ok)
        }
    }

    @Test("files that others may read are named with the command that closes them")
    func open() async throws {
        try await Self.withDeployment { program in
            let path = program.folder + "/demo/inventory"
            chmod(path, 0o644)
            let outcome = try await Self.doctor(program)
            #expect(outcome.status == .exited(1))
            #expect(outcome.errorText == "prov: 1 fault\n")
            let lines = outcome.outputText.split(separator: "\n").map(String.init)
            #expect(lines.contains("fault        demo: \(path) may be read by others"))
            let remedy = "chmod -R go-rwx \(program.folder)/demo"
            #expect(lines.contains("             remedy: \(remedy)"))
            try await LocalProcess("sh", ["-c", remedy], timeLimit: .seconds(10)).execute()
            #expect(try await Self.doctor(program).isSuccess)
        }
    }

    @Test(
        "what is left half-way is named with the way on",
        arguments: [
            (
                "partial", "partial: not all was made",
                "provision it again, or prov deprovision demo"
            ),
            ("destroying", "its end was not finished", "prov deprovision demo"),
        ]
    )
    func halfWay(status: String, text: String, remedy: String) async throws {
        try await Self.withDeployment { program in
            let record = program.folder + "/demo/deployment.json"
            let old = try Files.read(record)
            try Files.write(old.replacing("\"ready\"", with: "\"\(status)\""), to: record)
            let outcome = try await Self.doctor(program)
            #expect(outcome.status == .exited(1))
            let expected = "fault        demo: \(text)\n             remedy: \(remedy)\n"
            #expect(outcome.outputText.contains(expected), "\(outcome.outputText)")
            try Files.write(old, to: record)
        }
    }

    @Test("a lock that a dead prov left, a key that has gone and a broken record are faults")
    func state() async throws {
        try await Self.withDeployment { program in
            let folder = program.folder + "/demo"
            let holder = "me@here (process 1, prov provision demo) since 2026-01-01T00:00:00Z"
            try Files.write(holder + "\n", to: folder + "/lock")
            var text = try await Self.doctor(program).outputText
            #expect(text.contains("fault        demo: lock left by \(holder)\n"))
            try Files.write("", to: folder + "/lock")

            let key = folder + "/id_ed25519"
            try Files.move(key, to: folder + "/kept")
            text = try await Self.doctor(program).outputText
            #expect(text.contains("fault        demo: its key \(key) has gone\n"), "\(text)")
            let words = ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", folder + "/other"]
            try await LocalProcess("ssh-keygen", words, timeLimit: .seconds(30)).execute()
            try Files.move(folder + "/other", to: key)
            try Files.restrict(folder + "/other.pub")
            text = try await Self.doctor(program).outputText
            #expect(text.contains("fault        demo: its key \(key) does not fit \(key).pub\n"))
            try Files.move(folder + "/kept", to: key)

            let record = try Files.read(folder + "/deployment.json")
            try Files.write("{", to: folder + "/deployment.json")
            text = try await Self.doctor(program).outputText
            #expect(text.contains("fault        demo: \(folder)/deployment.json"), "\(text)")
            try Files.write(record, to: folder + "/deployment.json")
        }
    }

    @Test("a terraform that is absent, old or no terraform is a fault")
    func terraform() async throws {
        try await ProvProgram.with { program in
            let file = program.folder + "/terraform"
            var outcome = try await Self.doctor(program, ["--terraform", file])
            #expect(outcome.status == .exited(1))
            #expect(
                outcome.outputText.hasPrefix("fault        terraform: \(file): no such program\n")
            )
            let script = "#!/bin/sh\necho '{\"terraform_version\": \"1.5.7\"}'\n"
            try Files.write(script, to: file, mode: 0o700)
            outcome = try await Self.doctor(program, ["--terraform", file])
            #expect(
                outcome.outputText.hasPrefix("fault        terraform: 1.5.7 at \(file) is too old")
            )
            try Files.write("#!/bin/sh\nexit 3\n", to: file, mode: 0o700)
            outcome = try await Self.doctor(program, ["--terraform", file])
            #expect(outcome.outputText.contains("does not tell its version: exit status 3\n"))
        }
    }

    @Test("a provider that cannot be had is a fault, with what terraform says")
    func providers() async throws {
        try await ProvProgram.with { program in
            try Files.makeDirectory(program.folder + "/T")
            let template = """
                terraform {
                  required_providers {
                    none = { source = "localhost:1/acme/none" }
                  }
                }
                variable "deployment_name" { type = string }
                output "nodes" { value = [] }
                """
            try Files.write(template, to: program.folder + "/T/main.tf")
            let outcome = try await Self.doctor(program, ["T"])
            #expect(outcome.status == .exited(1))
            #expect(outcome.outputText.contains("fault        providers: those of T cannot be had"))
            #expect(outcome.outputText.contains("localhost:1"))
        }
    }

    @Test("a clock that is off is a fault")
    func clock() async throws {
        try await ProvProgram.with { program in
            let server = try ChildProcess(["python3", "-c", Self.oldServer])
            try await ChildProcess.waitFor("the server", upTo: .seconds(30)) {
                server.output.hasSuffix("\n")
            }
            let port = server.output.filter(\.isNumber)
            let outcome = try await Self.doctor(program, clock: "http://127.0.0.1:\(port)")
            #expect(outcome.status == .exited(1))
            #expect(outcome.outputText.contains("s ahead of that of http://127.0.0.1:\(port)\n"))
            #expect(outcome.outputText.contains("timedatectl set-ntp true"))
        }
    }
}
