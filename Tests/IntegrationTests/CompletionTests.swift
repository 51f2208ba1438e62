import DeploymentState
import Shell
import Testing

@Suite("prov completion", .timeLimit(.minutes(2)), .enabled(if: ProvProgram.hasTerraform))
struct CompletionTests {
    /// A folder with two deployments, templates and configs.
    private static func withFolder(_ body: (ProvProgram) async throws -> Void) async throws {
        try await ProvProgram.with { program in
            let folder = program.folder
            for path in ["configs", "prov", "prov/local", "prov/notes", "T"] {
                try Files.makeDirectory("\(folder)/\(path)")
            }
            for path in ["prov/local/main.tf", "T/main.tf"] {
                let text = try Files.read(ProvProgram.processes + "/main.tf")
                try Files.write(text, to: "\(folder)/\(path)")
            }
            for path in ["configs/local.yml", "c.yml", "configs/a.txt"] {
                try Files.write("server_count: 2\n", to: "\(folder)/\(path)")
            }
            let made = try await program.run("provision", "demo", ProvProgram.processes, "c.yml")
            #expect(made.isSuccess, "\(made.errorText)")
            try await body(program)
        }
    }

    @Test("offers commands, options, deployments, nodes, templates and configs")
    func candidates() async throws {
        try await Self.withFolder { program in
            for (words, expected) in [
                ("sta", ["status"]), ("help stat", ["status"]), ("status ", ["demo"]),
                ("status --", ["--json", "--moved", "--terraform", "--help"]),
                ("status de", ["demo"]),
                ("status x", []), ("jobs ", ["demo"]), ("jobs demo --", ["--stop", "--help"]),
                ("status demo ", []), ("ssh demo ", ["server-0", "server-1"]),
                ("ssh demo server-1", ["server-1"]), ("ssh demo -p 22 x", []),
                ("ssh demo -p 22 ", ["server-0", "server-1"]),
                ("ssh demo server-0 ", []), ("open demo ", []),
                ("provision new ", ["prov/local", "T", "configs/", "prov/"]),
                ("provision new prov/", ["prov/local", "prov/notes/"]),
                ("provision new T ", ["configs/local.yml", "c.yml", "T/", "configs/", "prov/"]),
                ("provision new T c.yml conf", ["configs/local.yml", "configs/"]),
                ("config d", ["demo"]), ("config c.yml d", []),
                ("config c.yml --template T", ["T"]),
                ("status --terra", ["--terraform"]), ("completion ", ["bash", "zsh", "fish"]),
                ("nothing ", []), ("doctor --terraform c.", ["c.yml"]),
            ] {
                let split = words.split(separator: " ", omittingEmptySubsequences: false)
                let outcome = try await program.call(["complete", "--"] + split.map(String.init))
                    .run()
                let texts = outcome.outputText.split(separator: "\n").map { line in
                    String(line.prefix { $0 != "\t" })
                }
                #expect(texts == expected, "prov \(words)")
            }
        }
    }

    /// How to start each shell so that it reads `start` first; `%` stands for the folder.
    private static let shells: [(name: String, start: String, words: [String])] = [
        (
            "bash",
            "PS1='READY> '\nbind 'set enable-bracketed-paste off'\n"
                + "source <(prov completion bash)\nsource <(bench completion bash)\n",
            ["bash", "--noprofile", "--rcfile", "%/.zshrc", "-i"]
        ),
        (
            "zsh",
            "autoload -Uz compinit\ncompinit -u -D\nPS1='READY> '\n"
                + "source <(prov completion zsh)\nsource <(bench completion zsh)\n",
            ["env", "ZDOTDIR=%", "zsh", "-o", "no_global_rcs", "-i"]
        ),
    ]

    @Test(
        "bash and zsh complete what is typed",
        arguments: ["bash", "zsh"],
        [
            ("prov stat\\tde\\t\\n", "demo: ready"),
            ("prov conf\\tc.\\t --js\\t\\n", "\"key\" : \"server_count\""),
            ("prov ssh demo \\t\\t\\t", "server-1"),
            ("bin/ssh de\\t\\t\\t\\t", "server-1"),
            ("./bin/ssh demo server-1\\t uptime\\n", "node demo server-1 uptime"),
            ("bench timel\\t--he\\t\\n", "usage: bench timeline"),
            ("bin/bench timel\\t--he\\t\\n", "usage: bench timeline"),
            ("bench summary own-f\\t\\n", "own-file.hdr"),
        ]
    )
    func typed(name: String, example: (keys: String, shown: String)) async throws {
        guard LocalProcess.find(name) != nil else {
            try Test.cancel("\(name) is not installed; bin/setup test installs it")
        }
        try await Self.withFolder { program in
            let shell = try #require(Self.shells.first { $0.name == name })
            try Files.write(shell.start, to: program.folder + "/.zshrc")
            // As in a checkout: bin/ssh beside bin/prov and bin/bench.
            try Files.makeDirectory("\(program.folder)/bin")
            let built = Files.split(ProvProgram.executable).directory
            let programs = ["prov", "bench"].map { "\(built)/\($0)" }
            try await LocalProcess("ln", ["-s"] + programs + ["\(program.folder)/bin"]).execute()
            let ssh = "#!/bin/sh\necho node $*\n"
            try Files.write(ssh, to: "\(program.folder)/bin/ssh", mode: 0o700)
            try Files.write("", to: "\(program.folder)/own-file.hdr")
            let words = shell.words.map { $0.replacing("%", with: program.folder) }
            let outcome = try await Self.type(example.keys, until: example.shown, words, program)
            #expect(outcome.isSuccess, "\(outcome.outputText)\(outcome.errorText)")
        }
    }

    @Test("fish completes with what each word is")
    func fish() async throws {
        guard LocalProcess.find("fish") != nil else {
            try Test.cancel("fish is not installed; bin/setup test installs it")
        }
        try await Self.withFolder { program in
            for (line, expected) in [
                (
                    "prov sta",
                    "status\tShows how far a deployment got, and which of its nodes answer.\n"
                ),
                ("prov status ", "demo\tready\n"),
                ("prov ssh demo server-1", "server-1\t198.18.255.2\n"),
            ] {
                let script = "prov completion fish | source; complete -C '\(line)'"
                var call = program.call([])
                call.program = "fish"
                call.arguments = ["--no-config", "-c", script]
                call.environment = Self.environment(of: call)
                let outcome = try await call.run()
                #expect(outcome.outputText == expected, "\(line)")
            }
        }
    }

    @Test("bench offers its commands and options, and leaves the rest to files")
    func bench() async throws {
        try await ProvProgram.with { program in
            let bench = Files.split(ProvProgram.executable).directory + "/bench"
            for (words, expected) in [
                ("su", ["summary"]), ("help su", ["summary"]), ("completion", ["completion"]),
                ("summary --js", ["--json"]), ("summary --hel", ["--help"]), ("summary ", []),
                ("nothing --", []), ("summary -- --", []),
            ] {
                let split = words.split(separator: " ", omittingEmptySubsequences: false)
                let outcome = try await program.call(
                    bench,
                    ["complete", "--"] + split.map(String.init)
                )
                .execute()
                let texts = outcome.outputText.split(separator: "\n").map { line in
                    String(line.prefix { $0 != "\t" })
                }
                #expect(texts == expected, "bench \(words)")
            }
            let help = try await program.call(bench, ["help", "summary"]).execute().outputText
            #expect(
                help == (try await program.call(bench, ["summary", "--help"]).execute().outputText)
            )
            #expect(help.contains("usage: bench summary"))
            let unknown = try await program.call(bench, ["help", "sumary"]).run()
            #expect(unknown.status == .exited(2))
            #expect(unknown.errorText.contains("(did you mean \"summary\"?)"))
        }
    }

    @Test("another shell is refused with the nearest one")
    func unknown() async throws {
        try await ProvProgram.with { program in
            let outcome = try await program.run("completion", "zhs")
            #expect(outcome.status == .exited(2))
            #expect(
                outcome.errorText.hasPrefix(
                    "prov completion: no script for \"zhs\" (did you mean \"zsh\"?); there are bash, "
                )
            )
        }
    }

    /// `prov` as a user has it, in `PATH`.
    private static func environment(of call: LocalProcess) -> [String: String] {
        var environment = call.environment ?? [:]
        let folder = Files.split(ProvProgram.executable).directory
        environment["PATH"] = "\(folder):\(environment["PATH"] ?? "")"
        environment["TERM"] = "vt100"
        return environment
    }

    private static func type(
        _ keys: String,
        until shown: String,
        _ words: [String],
        _ program: ProvProgram
    ) async throws -> Outcome {
        var call = program.call([])
        call.program = Files.split(#filePath).directory + "/shells/type-keys"
        call.arguments = [keys, shown] + words
        call.environment = environment(of: call)
        return try await call.run()
    }
}
