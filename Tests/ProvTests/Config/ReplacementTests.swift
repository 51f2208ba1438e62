import Testing
import YAML

@testable import Prov

@Suite("A value of a later file")
struct ReplacementTests {
    @Test("is said to replace the earlier one, with both files; a secret's is not shown")
    func lines() throws {
        let folder = try ConfigFolder([
            "a.yml": "server_count: 6\nowner: me\nsecret_key: old\ntags: { a: x, b: y }\n",
            "b.yml": "server_count: 3\nowner: me\nsecret_key: new\ntags: { b: z, c: w }\n",
        ])
        let config = try folder.load(["a.yml", "b.yml"], variables: variables)
        #expect(
            config.replacements.map { $0.replacing("\(folder.path)/", with: "") } == [
                "server_count: 3 from b.yml replaces 6 from a.yml",
                "secret_key: that of b.yml replaces that of a.yml",
                "tags.b: z from b.yml replaces y from a.yml",
            ]
        )
        #expect(try folder.load(["a.yml"], variables: variables).replacements == [])
    }

    private var variables: [TemplateVariable] {
        TemplateVariable.cloud.filter(\.hasDefault) + TemplateVariable.local.filter(\.hasDefault)
    }

    @Test("from elsewhere is a secret wherever it lands, unless its reference says otherwise")
    func secrets() throws {
        let folder = try ConfigFolder([
            "a.yml": """
            owner: ${env:WHO}
            tags: { a: "x-${file:f}", b: plain }
            image_suite: ${env:WHO:public}
            image_packages: ["$${env:WHO}", fio]

            """,
            "f": "word-one\nword-two\n",
        ])
        let config = try folder.load(
            ["a.yml"],
            variables: variables,
            environment: ["WHO": "somebody"]
        )
        let secrets = config.settings.filter(\.isSecret)
        #expect(secrets.map(\.key) == ["owner", "tags"])
        #expect(config["image_suite"]?.value.string == "somebody")
        let listing = ConfigListing(config)
        #expect(!listing.text.contains("word-") && !listing.text.contains("owner: somebody"))
        #expect(
            Set(secrets.flatMap(\.secretTexts)) == [
                "somebody", "x-word-one\nword-two", "x-word-one", "word-two", "plain",
                "word-one\nword-two", "word-one",
            ]
        )
        let wrong = try ConfigFolder(["a.yml": "server_count: ${env:WHO}\n"])
        let faults = wrong.faults(["a.yml"], environment: ["WHO": "hunter2"])
        #expect(faults.count == 1 && !faults.joined().contains("hunter2"), "\(faults)")
    }

    @Test(
        "from elsewhere is struck out however its text ends, and also as a part of a longer one",
        arguments: [
            ("${file:t}", "S3CRETabcdef\r\n"), ("${file:t}", "S3CRETabcdef\n\n"),
            ("${file:t}", "\nS3CRETabcdef\r\n\r\n"), ("${file:t}", "  S3CRETabcdef \t\n"),
            ("${env:T}", "S3CRETabcdef\n"), ("Bearer ${file:t}", "S3CRETabcdef\n"),
            ("a${env:T}b${env:T}", "S3CRETabcdef"), ("${env:T:public}-${env:T}", "S3CRETabcdef"),
        ]
    )
    func lineBreaks(value: String, text: String) throws {
        let folder = try ConfigFolder(["a.yml": "owner: \"\(value)\"\n", "t": text])
        let config = try folder.load(["a.yml"], variables: variables, environment: ["T": text])
        let texts = config.settings.flatMap(\.secretTexts)
        #expect(Strikeout(texts).redact("it says S3CRETabcdef.") == "it says [redacted].")
    }

    @Test(
        "of few letters, or a yes, strikes nothing out of a log"
    )
    func short() throws {
        let folder = try ConfigFolder([
            "a.yml": "owner: x-${env:A}-${env:B}\n"
        ])
        let environment = ["A": "abc", "B": "true"]
        let config = try folder.load(["a.yml"], variables: variables, environment: environment)
        #expect(Set(config.settings.flatMap(\.secretTexts)) == ["x-abc-true"])
    }

    @Test("ends without the line break of its file, be it that of another system")
    func lastBreak() throws {
        let folder = try ConfigFolder([
            "a.yml": "owner: ${file:a:public}\nimage_suite: ${file:b:public}\n", "a": "me\r\n",
            "b": "me\n",
        ])
        let config = try folder.load(["a.yml"], variables: variables)
        #expect(config.settings.map(\.value.string) == ["me", "me"])
    }

    @Test(
        "from elsewhere is not shown by an error about its meaning either",
        arguments: [
            ("ssh_cidr", "0.0.0.0/1"), ("ssh_cidr", "203.0.113.77/24"),
            ("ssh_cidr", "2001:db8::/32"),
            ("availability_zone", "hunter2"), ("private_key_path", "/none/hunter2"),
            ("private_key_path", "/usr"),
        ]
    )
    func meaning(key: String, value: String) throws {
        let folder = try ConfigFolder(["a.yml": "region: us-east-1\n\(key): ${env:VALUE}\n"])
        let thrown = #expect(throws: ConfigErrors.self) {
            try folder.load(
                ["a.yml"],
                variables: variables.filter { $0.name != "access_key" },
                use: .make(opensSSH: false),
                environment: ["VALUE": value]
            )
        }
        let text = try #require(thrown).description
        #expect(text.contains("a.yml:2:") && text.contains(key), "\(text)")
        #expect(!text.contains(value) && !text.contains("203.0.113.0"), "\(text)")
    }

    // Gone over anew for each reference, this many would take longer than the limit.
    @Test(
        "of references alone is gone over once; what grows too long is refused",
        .timeLimit(.minutes(5))
    )
    func many() throws {
        let folder = try ConfigFolder([
            "a.yml": "owner: \"\(String(repeating: "${env:E}", count: 260_000))\"\n",
            "b.yml": "owner: \"\(String(repeating: "${env:W}", count: 10_000))\"\n",
        ])
        let long = String(repeating: "w", count: 1_000)
        let environment = ["E": "", "W": long]
        let config = try folder.load(["a.yml"], variables: variables, environment: environment)
        #expect(config["owner"]?.value.string == "")
        #expect(
            folder.faults(["b.yml"], environment: environment).joined()
                .hasSuffix("b.yml:1:8: owner: its references make more than 4 MiB of it")
        )
    }

    @Test("is not needed where the template does not use its key, which is said with the place")
    func unused() throws {
        let folder = try ConfigFolder([
            "a.yml": "server_count: 1\nregion: us-east-1\nttl: 8h\nx_mine: 1\n",
            "b.yml": "# more\nserver_ami: ami-1\n",
        ])
        let local = TemplateVariable.local.filter(\.hasDefault)
        let config = try folder.load(["a.yml", "b.yml"], variables: local)
        #expect(
            config.unused.map { $0.replacing("\(folder.path)/", with: "") } == [
                "a.yml:2:1: warning: prov/local does not use \"region\"",
                "b.yml:2:1: warning: prov/local does not use \"server_ami\"",
            ]
        )
    }

    @Test("is listed also when an editor ended the kept config's lines with CR LF")
    func lineEnds() throws {
        let folder = try ConfigFolder(["c.yml": "owner: me  # a.yml:3\r\n\r\nregion: x\r\n"])
        let listing = try ConfigListing(kept: "\(folder.path)/c.yml")
        #expect(listing.settings.map(\.key) == ["owner", "region"])
        #expect(listing.settings[0].line == 3)
    }

    @Test("and whatever else is printed obeys no terminal")
    func printed() {
        #expect(Console.shown("a\u{1B}[2Jb\tc\r\nd\u{9B}1m\n") == "a?[2Jb\tc\nd?1m\n")
        #expect(Console.shownOnOneLine("a\u{1B}[2Jb\r\nc\nd") == "a?[2Jb c d")
        #expect(Console.shown("a\u{202E}b\u{2066}c\u{200F}") == "a?b?c?")
    }
}
