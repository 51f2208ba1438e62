import DeploymentState
import FoundationEssentials
import Glibc
import Shell
import Testing

@Suite(
    "What others leave where prov looks",
    .enabled(if: ProvProgram.hasTerraform),
    .timeLimit(.minutes(3))
)
struct ForeignStateTests {
    /// What another user would plant: expired, applied, and with programs that tell that they ran.
    private static func plant(_ name: String, in folder: String, ran: String) throws {
        let files = StateFiles("\(folder)/\(name)")
        for path in [files.path, files.terraform] { try Files.makeDirectory(path) }
        let program = "#!/bin/sh\ntouch \(ran)\n"
        for path in ["tform", "sweep", "leftovers"] {
            try Files.write(program, to: "\(files.terraform)/\(path)", mode: 0o755)
        }
        let template = "variable \"deployment_name\" {}\noutput \"nodes\" { value = [] }\n"
        try Files.write(template, to: "\(files.terraform)/main.tf")
        try Files.write("", to: "\(files.terraform)/.prov-applied")
        try Files.write("", to: "\(files.terraform)/.prov-manifest")
        let record = DeploymentRecord(
            name: name,
            id: "0123abcd",
            template: files.terraform,
            configs: [],
            createdAt: Date(timeIntervalSince1970: 1_700_000_000),
            createdBy: "you@here",
            expiresAt: Date(timeIntervalSince1970: 1_700_003_600),
            status: .ready,
            identity: "id_ed25519",
            terraform: "\(files.terraform)/tform"
        )
        try record.write(to: files.record)
        try Files.write("", to: files.config)
        try Files.write(
            "[server]\nserver-0 ansible_user=u public_ip=127.0.0.1 private_ip=127.0.0.1\n",
            to: files.inventory
        )
        try Files.write("Host *\n    ProxyCommand touch \(ran)\n", to: files.sshConfig)
    }

    private static let calls: [[String]] = [
        ["list"], ["reap", "--yes"], ["doctor"], ["status", "evil"], ["output", "evil"],
        ["extend", "evil", "1h", "--yes"], ["deprovision", "evil", "--yes"],
        ["ssh", "evil", "server-0", "true"], ["config", "evil"], ["open", "evil", "grafana"],
        ["provision", "evil", "evil/tf", "--yes"], ["plan", "evil", "evil/tf"],
    ]

    /// Only root can give a directory away.
    @Test(
        "another user's deployment runs nothing, and every command says whose it is",
        .enabled(if: getuid() == 0),
        arguments: calls
    )
    func foreign(words: [String]) async throws {
        try await ProvProgram.with { prov in
            let (ran, precious) = ("\(prov.folder)/ran", "\(prov.folder)/precious")
            try Self.plant("evil", in: prov.folder, ran: ran)
            try Files.write("precious data\n", to: precious)
            let evil = "\(prov.folder)/evil"
            try #require(symlink(precious, "\(evil)/lock") == 0)
            let give = ["-R", "--no-dereference", "65534:65534", evil]
            try await LocalProcess("chown", give, timeLimit: .seconds(10)).execute()
            let outcome = try await prov.asking(words).run()
            let text = outcome.outputText + outcome.errorText
            let owner = getpwuid(65_534).map { String(cString: $0.pointee.pw_name) } ?? "65534"
            #expect(
                text.contains("belongs to \(owner), and what it names would run as "),
                "\(text)"
            )
            #expect(text.contains("chown -R "), "\(text)")
            #expect(outcome.isSuccess == ["list", "reap"].contains(words[0]), "\(text)")
            #expect(!Files.exists(ran), "\(text)")
            #expect(!text.contains("precious data"), "\(text)")
            #expect(try Files.read(precious) == "precious data\n")
            #expect(try Files.list(evil).contains("deployment.json"))
        }
    }

    @Test(
        "another's deployment here is not taken for one's own of that name at home",
        .enabled(if: getuid() == 0)
    )
    func home() async throws {
        try await ProvProgram.with { prov in
            let (ran, home) = ("\(prov.folder)/ran", "\(prov.folder)/home")
            try Files.makeDirectory(home)
            try Self.plant("a1", in: home, ran: "\(prov.folder)/own")
            try Self.plant("a1", in: prov.folder, ran: ran)
            let give = ["-R", "65534:65534", "\(prov.folder)/a1"]
            try await LocalProcess("chown", give, timeLimit: .seconds(10)).execute()
            let outcome = try await prov.adding(["PROV_HOME": home])
                .run("ssh", "a1", "server-0", "true")
            #expect(outcome.errorText.contains("\(prov.folder)/a1: belongs to "))
            #expect(!Files.exists(ran))
        }
    }

    @Test(
        "a pipe or a device for a record or a lock keeps no command waiting",
        arguments: ["deployment.json", "lock"]
    )
    func endless(name: String) async throws {
        try await ProvProgram.with { prov in
            try Self.plant("demo", in: prov.folder, ran: "\(prov.folder)/ran")
            let path = "\(prov.folder)/demo/\(name)"
            let makes: [() -> Int32] = [
                { mkfifo(path, 0o600) }, { symlink("/dev/zero", path) },
            ]
            for make in makes {
                try Files.remove(path)
                try #require(make() == 0)
                for words in [["list"], ["reap", "--yes"], ["doctor"]] {
                    let call = prov.call(ProvProgram.executable, words, limit: .seconds(60))
                    let outcome = try await call.run()
                    #expect(outcome.cause != .timeLimit, "\(words) \(outcome.errorText)")
                    if name == "deployment.json" || words[0] == "reap" {
                        let text = outcome.outputText + outcome.errorText
                        #expect(text.contains("\(path): cannot be read: "), "\(text)")
                    }
                }
            }
        }
    }
}
