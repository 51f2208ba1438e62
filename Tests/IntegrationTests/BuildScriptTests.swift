import DeploymentState
import FoundationEssentials
import Glibc
import Shell
import Testing

@Suite("The scripts of bin/", .timeLimit(.minutes(2)))
struct BuildScriptTests {
    /// A tree with the scripts and a `swift` that builds what `result` says.
    private static func with(_ body: (String, [String: String]) async throws -> Void) async throws {
        let folder = try Files.makeTemporaryDirectory("prov-bin")
        defer { try? Files.remove(folder) }  // what is left lies among temporary files
        for name in [
            "Sources", "Scripts", "Scenarios", "Benchmarks", "fake", ".build", ".build/static",
        ] {
            try Files.makeDirectory("\(folder)/\(name)")
        }
        try await LocalProcess("cp", ["-a", "\(LocalMachines.repository)/bin", folder]).execute()
        try await LocalProcess("cp", ["\(LocalMachines.repository)/Package.swift", folder])
            .execute()
        let fake = """
            #!/bin/bash
            while [ $# -gt 0 ]; do
                case $1 in --scratch-path) scratch=$2 ;; --product) product=$2 ;; esac
                shift
            done
            mkdir -p "$scratch/release"
            rm -f "$scratch/release/$product"
            [ ! -e "$(dirname "$0")/broken" ] || { echo "main.swift:1: error: broken"; exit 1; }
            date +%N >"$(dirname "$0")/built"
            printf '#!/bin/sh\\necho "runs $*"\\n' >"$scratch/release/$product"
            chmod +x "$scratch/release/$product"
            """
        try Files.write(fake, to: "\(folder)/fake/swift", mode: 0o700)
        let path = "\(folder)/fake:\(Files.environment("PATH") ?? "/usr/bin:/bin")"
        try await body(folder, ["PATH": path])
    }

    /// Makes a file newer than whatever was built.
    private static func touch(_ path: String) async throws {
        try await LocalProcess("touch", ["-d", "+1 second", path]).execute()
    }

    @Test("what no longer builds runs as it last did, and says so; with nothing built it fails")
    func lastGoodBuild() async throws {
        try await Self.with { folder, environment in
            func prov() async throws -> Outcome {
                try await LocalProcess("\(folder)/bin/prov", ["list"], environment: environment)
                    .run()
            }
            try Files.write("", to: "\(folder)/fake/broken")
            let nothing = try await prov()
            #expect(nothing.status == .exited(1))
            #expect(nothing.errorText.contains("main.swift:1: error: broken"))

            try Files.remove("\(folder)/fake/broken")
            #expect(try await prov().outputText == "runs list\n")

            try Files.write("", to: "\(folder)/fake/broken")
            try await Self.touch("\(folder)/Package.swift")
            for _ in 0..<2 {
                let last = try await prov()
                #expect(last.outputText == "runs list\n" && last.isSuccess)
                #expect(
                    last.errorText
                        == "bin/build: the sources do not build ('swift build' says why); running "
                        + "prov's last good build\n"
                )
            }
            let node = try await LocalProcess(
                "\(folder)/bin/ssh",
                ["demo", "server-0"],
                environment: environment
            ).run()
            #expect(node.outputText == "runs ssh demo server-0\n")

            try Files.remove("\(folder)/fake/broken")
            let bench = LocalProcess("\(folder)/bin/bench", ["list"], environment: environment)
            #expect(try await bench.run().outputText == "runs list\n")
            try Files.write("", to: "\(folder)/fake/broken")
            try await Self.touch("\(folder)/Package.swift")
            let kept = try await bench.run()
            #expect(kept.outputText == "runs list\n" && kept.isSuccess)
            #expect(kept.errorText.contains("running bench's last good build\n"))
        }
    }

    @Test("a PATH that begins with them does not make prov's ssh bin/ssh")
    func ownFolder() async throws {
        try await Self.with { folder, environment in
            try await LocalProcess("\(folder)/bin/build", ["prov"], environment: environment)
                .execute()
            try Files.write(
                "#!/bin/sh\ncommand -v ssh\n",
                to: "\(folder)/.build/static/release/prov",
                mode: 0o700
            )
            try await LocalProcess("ln", ["-s", "\(folder)/bin", "\(folder)/link"]).execute()
            let path = "\(folder)/bin:\(folder)/link:\(environment["PATH"] ?? "")"
            for script in ["prov", "ssh"] {
                let found = try await LocalProcess(
                    "\(folder)/bin/\(script)",
                    ["demo"],
                    environment: ["PATH": path]
                ).run()
                #expect(found.outputText.hasSuffix("/ssh\n"))
                #expect(!found.outputText.hasPrefix(folder))
            }
        }
    }

    @Test(
        "a changed script, scenario or benchmark builds itself anew, and neither prov nor bench",
        arguments: ["Scripts", "Scenarios", "Benchmarks"]
    )
    func scripts(kind: String) async throws {
        try await Self.with { folder, environment in
            func build(_ product: String) async throws -> String {
                try await LocalProcess("\(folder)/bin/build", [product], environment: environment)
                    .execute()
                return try Files.read("\(folder)/fake/built")
            }
            let own = try await build("own")
            #expect(try await build("own") == own)
            let first = try await build("bench")
            try Files.write("broken", to: "\(folder)/\(kind)/main.swift")
            try await Self.touch("\(folder)/\(kind)/main.swift")
            #expect(try await build("bench") == first)
            #expect(try await build("own") != first)
            let last = try Files.read("\(folder)/fake/built")
            try await Self.touch("\(folder)/Package.swift")
            #expect(try await build("bench") != last)
        }
    }

    @Test("a warning is an error in every target of ours, and in no script of a user's")
    func warnings() async throws {
        struct Manifest: Decodable {
            struct Target: Decodable {
                struct Setting: Decodable { let kind: [String: Empty] }
                struct Empty: Decodable {}
                let name: String
                let type: String
                let path: String?
                let settings: [Setting]
            }
            let targets: [Target]
        }
        let folder = try Files.makeTemporaryDirectory("prov-manifest")
        defer { try? Files.remove(folder) }  // what is left lies among temporary files
        let dump = try await LocalProcess(
            "swift",
            [
                "package", "--package-path", LocalMachines.repository, "--scratch-path", folder,
                "dump-package",
            ]
        ).execute()
        let targets = try JSONDecoder().decode(Manifest.self, from: Data(dump.output)).targets
        let scripts = targets.filter { target in
            ["Scripts/", "Scenarios/"].contains { target.path?.hasPrefix($0) ?? false }
        }
        #expect(scripts.count > 3)
        for target in targets where target.type != "system" {
            let isStrict = target.settings.contains { $0.kind["treatAllWarnings"] != nil }
            #expect(isStrict != scripts.contains { $0.name == target.name }, "\(target.name)")
        }
    }

    @Test("bin/new makes a script and its line, and refuses what it cannot make")
    func new() async throws {
        try await Self.with { folder, environment in
            func new(_ words: String...) async throws -> Outcome {
                try await LocalProcess("\(folder)/bin/new", words, environment: environment).run()
            }
            let made = try await new("script", "read-only")
            #expect(made.isSuccess, "\(made.errorText)")
            let manifest = try Files.read("\(folder)/Package.swift")
            #expect(manifest.contains("        script(\"read-only\"),\n"))
            let text = try Files.read("\(folder)/Scripts/read-only/main.swift")
            #expect(text.hasPrefix("// read-only: what this script is for"))
            #expect(text.contains("    \"read-only\",\n"))
            let scenario = try await new("scenario", "quiet-users")
            #expect(scenario.isSuccess, "\(scenario.errorText)")
            let line = "        scenario(\"quiet-users\"),\n"
            #expect(try Files.read("\(folder)/Package.swift").contains(line))
            let users = try Files.read("\(folder)/Scenarios/quiet-users/main.swift")
            #expect(users.hasPrefix("// quiet-users: what this scenario is for"))
            #expect(users.contains("    \"quiet-users\",\n"))
            // The rest is the template, which is compiled and run as it is.
            let template = try Files.read("\(folder)/bin/templates/scenario.swift")
            #expect(users.replacing("quiet-users", with: "NAME") == template)
            #expect(try await new("script", "read-only").status == .exited(1))
            #expect(try await new("scenario", "quiet-users").status == .exited(1))
            #expect(try await new("scenarios", "x").status == .exited(2))
            #expect(try await new("script", "setup").errorText.contains("has a target \"setup\""))
            #expect(try await new("script", "../x").status == .exited(2))
            #expect(try await new().status == .exited(2))
            for word in ["--help", "-h"] {
                let help = try await new(word)
                #expect(help.isSuccess && help.outputText.contains("usage: bin/new script NAME\n"))
            }
        }
    }

    @Test("bin/install puts programs, templates without links and completion below the prefix")
    func install() async throws {
        try await Self.with { folder, environment in
            for name in ["prov", "configs"] {
                let words = ["-a", "\(LocalMachines.repository)/\(name)", folder]
                try await LocalProcess("cp", words).execute()
            }
            let install = LocalProcess(
                "\(folder)/bin/install",
                ["\(folder)/usr"],
                environment: environment
            )
            for _ in 0..<2 { try await install.execute() }
            for path in [
                "bin/bench", "share/prov/prov/local/main.tf",
                "share/prov/prov/ec2/cloud/end/main.tf",
                "share/prov/configs/4504.yml", "share/zsh/site-functions/_prov",
                "share/fish/vendor_completions.d/prov.fish", "share/zsh/site-functions/_bench",
                "share/fish/vendor_completions.d/bench.fish",
                "share/prov/prov/ec2-ondemand/console",
            ] {
                #expect(Files.exists("\(folder)/usr/\(path)"), "\(path)")
            }
            #expect(!Files.exists("\(folder)/usr/share/prov/configs/credentials.yml"))
            let bash = try Files.read("\(folder)/usr/share/bash-completion/completions/prov")
            #expect(bash == "runs completion bash\n")
            let bench = try Files.read("\(folder)/usr/share/bash-completion/completions/bench")
            #expect(bench == "runs completion bash\n")
            let links = try await LocalProcess("find", ["\(folder)/usr", "-type", "l"]).execute()
            #expect(links.outputText == "")
        }
    }

    @Test("an installed prov finds its templates from any directory, without the checkout")
    func installed() async throws {
        try await Self.with { folder, environment in
            for name in ["prov", "configs"] {
                let words = ["-a", "\(LocalMachines.repository)/\(name)", folder]
                try await LocalProcess("cp", words).execute()
            }
            // The real programs, in the place of what this swift would build.
            let programs = Files.split(ProvProgram.executable).directory
            try Files.write(
                """
                #!/bin/bash
                while [ $# -gt 0 ]; do
                    case $1 in --scratch-path) scratch=$2 ;; --product) product=$2 ;; esac
                    shift
                done
                mkdir -p "$scratch/release"
                cp "\(programs)/$product" "$scratch/release/$product"
                """,
                to: "\(folder)/fake/swift",
                mode: 0o700
            )
            try await ProvProgram.with { prov in
                let words = ["\(prov.folder)/usr"]
                try await LocalProcess("\(folder)/bin/install", words, environment: environment)
                    .execute()
                try Files.makeDirectory("\(prov.folder)/elsewhere")
                try Files.write(
                    "server_count: 2\nclient_count: 1\nmonitor_count: 0\n",
                    to: "\(prov.folder)/elsewhere/c.yml"
                )
                var plan = prov.call(
                    "\(prov.folder)/usr/bin/prov",
                    ["plan", "demo", "prov/local", "c.yml"]
                )
                plan.directory = "\(prov.folder)/elsewhere"
                let shown = try await plan.run()
                #expect(shown.isSuccess, "\(shown.errorText)")
                #expect(shown.outputText.contains("add  2 servers"), "\(shown.outputText)")
                var help = plan
                (help.program, help.arguments) = ("\(prov.folder)/usr/bin/bench", ["--help"])
                let helped = try await help.run()
                #expect(helped.outputText.contains("usage: bench COMMAND"))
            }
        }
    }

    @Test("a template of the program's own tree is found from any directory")
    func ownTemplate() async throws {
        try await ProvProgram.with { prov in
            try Files.write(
                "server_count: 2\nclient_count: 1\nmonitor_count: 0\n",
                to: "\(prov.folder)/c.yml"
            )
            let shown = try await prov.run("plan", "demo", "prov/local", "c.yml")
            #expect(shown.isSuccess, "\(shown.errorText)")
            let none = try await prov.run("plan", "demo", "./prov/local", "c.yml")
            #expect(none.errorText.contains("no such template folder"))
        }
    }

    @Test("configs/*.yml of a clone belong together: the command of the README takes them")
    func configs() throws {
        let folder = "\(LocalMachines.repository)/configs"
        let names = try Files.list(folder).filter { $0.hasSuffix(".yml") }
        #expect(Set(names).isSubset(of: ["4504.yml", "credentials.yml"]))
        #expect(names.contains("4504.yml"))
    }
}
