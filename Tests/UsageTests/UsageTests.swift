import Testing

@testable import Usage

@Suite("Usage")
struct UsageTests {
    private let provision = Usage(
        "prov provision",
        summary: "Makes the machines.",
        example: "prov provision demo prov/local configs/local.yml",
        operands: [
            .init("NAME", "the deployment"),
            .init("CONFIG", "YAML files", occurs: 1...99),
        ],
        options: [
            .init("terraform", value: "PATH", "the terraform to run"),
            .init("yes", "do not ask"),
        ]
    )

    @Test("sorts operands and options that alternate")
    func alternating() throws {
        let arguments = try provision.parse([
            "demo", "--yes", "a.yml", "--terraform=/tofu", "b.yml",
        ])
        #expect(arguments.operand("NAME") == "demo")
        #expect(arguments.all("CONFIG") == ["a.yml", "b.yml"])
        #expect(arguments.flag("yes"))
        #expect(arguments.value("terraform") == "/tofu")
    }

    @Test(
        "names the fault and the nearest option",
        arguments: [
            (["demo"], "missing CONFIG"),
            (
                ["demo", "a", "--terrafrom", "x"],
                #"unknown option "--terrafrom" (did you mean "--terraform"?)"#
            ),
            (["demo", "a", "--terraform"], "option --terraform needs a value: PATH"),
            (["demo", "a", "--yes=1"], "option --yes takes no value"),
            (["demo", "a", "-x"], #"unknown option "-x""#),
        ]
    )
    func faults(words: [String], problem: String) {
        let error = #expect(throws: UsageError.self) { try provision.parse(words) }
        #expect(error?.problem == problem)
    }

    @Test("says how many are needed where some were given")
    func tooFew() {
        let usage = Usage(
            "bench compare",
            summary: "",
            example: "",
            operands: [.init("RUN", "", occurs: 2...9)]
        )
        for (words, problem) in [
            ([], "missing RUN"), (["a"], "RUN: 2 are needed, and 1 was given"),
        ] {
            let error = #expect(throws: UsageError.self) { try usage.parse(words) }
            #expect(error?.problem == problem)
        }
    }

    @Test(
        "reads whole numbers, and cuts nothing off others",
        arguments: [
            ("5", 5), ("1e1", 10), ("1.5", nil), ("0", nil), ("11", nil), ("five", nil),
            ("1e300", nil),
        ]
    )
    func wholeNumbers(text: String, expected: Int?) throws {
        let usage = Usage("x", summary: "", example: "", options: [.init("keys", value: "N", "")])
        let arguments = try usage.parse(["--keys", text])
        // nil stands for refused
        #expect((try? arguments.wholeNumber("keys", default: 1, in: 1...10)) == expected)
        #expect(try usage.parse([]).wholeNumber("keys", default: 1, in: 1...10) == 1)
        let error = #expect(throws: UsageError.self) {
            try usage.parse(["--keys", "1.5"]).wholeNumber("keys", default: 1, in: 1...10)
        }
        #expect(error?.problem == #"--keys must be a whole number from 1 to 10, not "1.5""#)
    }

    @Test(
        "reads numbers within their range",
        arguments: [("5", 5.0), ("0.5", nil), ("11", nil), ("five", nil), ("nan", nil)]
    )
    func numbers(text: String, expected: Double?) throws {
        let usage = Usage("x", summary: "", example: "", options: [.init("rate", value: "N", "")])
        let arguments = try usage.parse(["--rate", text])
        let found = try? arguments.number("rate", default: 1, in: 1...10)  // nil stands for refused
        #expect(found == expected)
        #expect(try usage.parse([]).number("rate", default: 1, in: 1...10) == 1)
    }

    @Test("passes the rest on unread, options included")
    func rest() throws {
        let ssh = Usage(
            "prov ssh",
            summary: "",
            example: "",
            operands: [.init("NAME", ""), .init("NODE", "")],
            takesRest: true
        )
        let arguments = try ssh.parse(["demo", "server-0", "ls", "--help", "-l"])
        #expect(arguments.rest == ["ls", "--help", "-l"])
    }

    @Test("shows every operand and option in the help")
    func help() throws {
        let error = #expect(throws: UsageError.self) { try provision.parse(["--help"]) }
        #expect(error?.isHelp == true)
        for word in [
            "NAME", "CONFIG…", "--terraform PATH", "--yes", "example: prov provision demo",
        ] {
            #expect(error?.description.contains(word) == true)
        }
    }

    @Test(
        "suggests only what is near",
        arguments: [
            ("server_cuont", "server_count"), ("sever_count", "server_count"), ("zzz", nil),
            ("CLIENT_COUNT", "client_count"),
        ]
    )
    func suggestion(name: String, expected: String?) {
        #expect(Suggestion.nearest(to: name, among: ["server_count", "client_count"]) == expected)
    }

    // Compared letter by letter, a million of them would take longer than the limit.
    @Test("suggests nothing for what is too long to be a typing error", .timeLimit(.minutes(1)))
    func suggestionForMuch() {
        let text = String(repeating: "us-east-1 ", count: 100_000)
        let regions = (0..<40).map { "us-east-\($0)" }
        #expect(Suggestion.nearest(to: text, among: regions) == nil)
    }

    @Test("an option that must be given stands without brackets")
    func required() {
        let usage = Usage(
            "bench bundle",
            summary: "Packs.",
            example: "bench bundle t -o t.tar",
            operands: [.init("PATH", "the trial")],
            options: [
                .init("output", letter: "o", value: "FILE", isRequired: true, "the bundle"),
                .init("quiet", "say less"),
            ]
        )
        #expect(usage.synopsis == "bench bundle PATH -o FILE [--quiet]")
    }

    @Test(
        "numbers are decimal",
        arguments: [
            ("5", 5), ("-0.25", -0.25), ("2e4", 20_000), ("+1", 1), ("0x10", nil), ("inf", nil),
            ("nan", nil), ("1e999", nil), ("", nil), ("1 ", nil), ("0x1p3", nil),
        ] as [(String, Double?)]
    )
    func decimals(text: String, expected: Double?) throws {
        #expect(decimalNumber(text) == expected)
        let usage = Usage(
            "prov",
            summary: "Tries.",
            example: "prov --rate 5",
            options: [.init("rate", value: "N", "a number")]
        )
        let arguments = try usage.parse(["--rate=\(text)"])
        let read = try? arguments.number("rate", default: 7, in: -1_000_000...1_000_000)
        #expect(read == expected)
    }
}
