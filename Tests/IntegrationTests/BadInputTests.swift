import DeploymentState
import Glibc
import Shell
import Testing

@Suite("Bad input to prov", .timeLimit(.minutes(2)))
struct BadInputTests {
    /// A call and what it must say on standard error; `%` stands for the folder it runs in.
    struct Case: Sendable, CustomStringConvertible {
        let words: String
        let status: Int32
        let error: String

        var description: String { "prov \(words)" }
    }

    private static let cases = [
        Case(
            words: "provision ../x T c.yml",
            status: 1,
            error: """
                prov: bad name "../x": a name is a letter or digit, and then letters, digits, ".", \
                "_" or "-"
                """
        ),
        Case(
            words: "provision demo T misspelt.yml",
            status: 1,
            error: #"misspelt.yml:2:1: unknown key "server_cuont" (did you mean "server_count"?)"#
        ),
        Case(
            words: "provision other T c.yml",
            status: 1,
            error: "prov: %/other: an existing directory that is no deployment"
        ),
        Case(
            words: "provision demo T c.yml --terraform /no/terraform",
            status: 1,
            error: """
                prov: /no/terraform: no such program; install one of them \
                (https://developer.hashicorp.com/terraform/install or https://opentofu.org), or name \
                it with --terraform PATH
                """
        ),
        Case(
            words: "provision demo empty c.yml",
            status: 1,
            error: "empty: the folder holds no .tf file (name a template's folder)"
        ),
        Case(
            words: "provision demo emty c.yml",
            status: 1,
            error: "prov: emty: no such template folder (did you mean \"empty\"?)"
        ),
        Case(
            words: "ssh",
            status: 2,
            error: """
                prov ssh: missing NAME
                usage: prov ssh NAME [SSH-OPTION…] NODE [COMMAND…]
                """
        ),
        Case(
            words: "provision demo T c.yml --ttl soon",
            status: 2,
            error: """
                prov provision: --ttl must be a duration such as 8h, 90m or 1h30m, not "soon"
                usage: prov provision NAME TEMPLATE [CONFIG…] [--ttl TIME] [--open-ssh] [--no-ssh] \
                [--trust-first-key] [--gone] [--terraform PATH] [--yes]
                """
        ),
        Case(
            words: "plan demo T c.yml --ttl 8h",
            status: 1,
            error: """
                prov: demo: T cannot end machines by itself: it declares no variable "expires_at" \
                (leave ttl out)
                """
        ),
        Case(
            words: "plan ../x T c.yml",
            status: 1,
            error: """
                prov: bad name "../x": a name is a letter or digit, and then letters, digits, ".", \
                "_" or "-"
                """
        ),
        Case(
            words: "extend demo 4h",
            status: 1,
            error: "prov: no deployment \"demo\" in %; \"prov list\" shows what there is"
        ),
        Case(
            words: "provison demo",
            status: 2,
            error: """
                prov: unknown command "provison" (did you mean "provision"?)
                usage: prov COMMAND
                """
        ),
        Case(
            words: "status demo",
            status: 1,
            error: "prov: no deployment \"demo\" in %; \"prov list\" shows what there is"
        ),
        Case(
            words: "deprovision other",
            status: 1,
            error: "prov: %/other: an existing directory that is no deployment"
        ),
    ]

    @Test("gets an error with place and remedy, and makes nothing", arguments: cases)
    func error(_ example: Case) async throws {
        try await ProvProgram.with { prov in
            for name in ["other", "empty"] {
                try Files.makeDirectory("\(prov.folder)/\(name)")
                try Files.write("x", to: "\(prov.folder)/\(name)/mine")
            }
            try Files.write("server_count: 1\n", to: "\(prov.folder)/c.yml")
            try Files.write("# one\nserver_cuont: 1\n", to: "\(prov.folder)/misspelt.yml")
            let words = example.words.split(separator: " ").map {
                $0 == "T" ? ProvProgram.processes : String($0)
            }
            let outcome = try await prov.call(words).run()
            #expect(outcome.status == .exited(example.status))
            let text = example.error.replacing(
                ": T cannot",
                with: ": \(ProvProgram.processes) cannot"
            )
            let expected = text.split(separator: "%", omittingEmptySubsequences: false)
                .joined(separator: prov.folder)
            #expect(outcome.errorText == expected + "\n")
            #expect(outcome.outputText == "")
            #expect(!Files.exists("\(prov.folder)/demo"))
        }
    }

    @Test("answers help and version on standard output")
    func help() async throws {
        try await ProvProgram.with { prov in
            for words in [["--help"], ["help"], []] {
                let outcome = try await prov.call(words).run()
                #expect(outcome.isSuccess && outcome.outputText.contains("usage: prov COMMAND"))
            }
            for words in [["help", "provision"], ["provision", "--help"]] {
                let outcome = try await prov.call(words).run()
                #expect(outcome.isSuccess && outcome.outputText.contains("usage: prov provision"))
            }
            #expect(try await prov.run("--version").outputText.hasPrefix("prov "))
        }
    }
}
