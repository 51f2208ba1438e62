import Digest
import Foundation
import Testing
import YAML

@testable import Prov

@Suite("Config", .timeLimit(.minutes(1)))
struct ConfigTests {
    @Test("later files win, maps merge deeply, lists replace, and null puts the default back")
    func merge() throws {
        let folder = try ConfigFolder([
            "a.yml": """
            x_zone: &zone us-east-1a
            region: us-east-1
            availability_zone: [*zone, us-east-1b]
            tags: {team: db, cost: "1"}
            server_spot: true
            server_count: 6
            """,
            "b.yml":
                "availability_zone: us-east-1c\nserver_spot: ~\ntags:\n  cost: '2'\n  new: x\n",
        ])
        let config = try folder.load(["a.yml", "b.yml"], variables: TemplateVariable.cloud)
        #expect(
            config.settings.map(\.key) == [
                "region", "availability_zone", "tags", "server_spot", "server_count",
            ]
        )
        #expect(config["tags"]?.value == ["team": "db", "cost": "2", "new": "x"])
        #expect(config["availability_zone"]?.value == "us-east-1c")
        #expect(config["x_zone"] == nil)
        #expect(
            config.terraformEnvironment == [
                "TF_VAR_region": "us-east-1",
                "TF_VAR_availability_zone": #"["us-east-1c"]"#,
                "TF_VAR_tags": #"{"team":"db","cost":"2","new":"x"}"#,
            ]
        )
    }

    @Test("the rendered config reads back as YAML, names files and lines, and holds no secret")
    func rendering() throws {
        let folder = try ConfigFolder([
            "a.yml": """
            region: us-east-1
            availability_zone: [a, b]
            secret_key: "s3cret"
            token: ${env:TOKEN}
            tags: {none: {}, mode: "0644"}
            """.replacing("none: {}", with: "note: \"two\\nlines\\n\""),
            "b.yml": "tags:\n  new: x\nprivate_key_path: ~/.ssh/id\nserver_count: 3\n",
            ".ssh/id": "",
        ])
        let config = try folder.load(
            ["a.yml", "b.yml"],
            variables: TemplateVariable.cloud,
            environment: ["TOKEN": "t0ken", "HOME": folder.path]
        )
        let text = config.rendered().replacing("\(folder.path)/", with: "")
        #expect(
            text == """
                region: us-east-1  # a.yml:1
                availability_zone:  # a.yml:2
                - a
                - b
                # secret_key: a secret, set at a.yml:3
                # token: a secret, set at a.yml:4
                tags:  # b.yml:1
                  note: |  # a.yml:5
                    two
                    lines
                  mode: "0644"  # a.yml:5
                  new: x  # b.yml:2
                private_key_path: ~/.ssh/id  # b.yml:3
                server_count: 3  # b.yml:4

                """
        )
        let again = try YAMLNode.parse(text, file: "config.yml")
        for setting in config.settings where !setting.isSecret {
            #expect(again?[setting.key] == setting.value)
        }
        #expect(config.terraformEnvironment["TF_VAR_secret_key"] == "s3cret")
        #expect(config.terraformEnvironment["TF_VAR_token"] == "t0ken")
        #expect(config.paths == ["private_key_path": "\(folder.path)/.ssh/id"])
        #expect(
            config.terraformEnvironment["TF_VAR_private_key_path"] == "\(folder.path)/.ssh/id"
        )
        #expect(config.terraformEnvironment["TF_VAR_server_count"] == nil)
    }

    @Test("references to the environment and to files are replaced, and typed as the key needs")
    func references() throws {
        let folder = try ConfigFolder([
            "configs/a.yml": """
            server_count: ${env:COUNT}
            owner: ${env:COUNT}
            image_suite: "a-${env:WORD}-$${env:WORD}-$HOME"
            image_packages: ["${file:list/one}", fio]
            """,
            "configs/list/one": "redis-server\n",
        ])
        let config = try folder.load(
            ["configs/a.yml"],
            variables: TemplateVariable.local,
            environment: ["COUNT": "5", "WORD": "w"]
        )
        #expect(config["server_count"]?.value == 5)
        #expect(config["owner"]?.value == "5")
        #expect(config["image_suite"]?.value == "a-w-${env:WORD}-$HOME")
        #expect(config["image_packages"]?.value == ["redis-server", "fio"])
        #expect(config.terraformEnvironment["TF_VAR_server_count"] == "5")
    }

    @Test("a reference that a later file replaces need not lead anywhere")
    func replacedReference() throws {
        let folder = try ConfigFolder([
            "a.yml": "owner: ${env:MISSING}\n", "b.yml": "owner: me\n",
        ])
        #expect(folder.faults(["a.yml", "b.yml"]) == [])
        #expect(folder.faults(["b.yml", "a.yml"]).count == 1)
    }

    @Test("without files a template with defaults has an empty config")
    func none() throws {
        let config = try ConfigFolder().load([], variables: TemplateVariable.local)
        #expect(config.settings.isEmpty)
        #expect(config.rendered().isEmpty)
        #expect(config.terraformEnvironment.isEmpty)
    }

    @Test("values reach terraform as its expressions, with ${ as text")
    func expressions() throws {
        let folder = try ConfigFolder([
            "a.yml": """
            region: us-east-1
            token: "a${b}\\"c"
            availability_zone: ["a${b}", "%{if}", "q\\"\\\\\\t"]
            disks: {fast: [1, 2.5]}
            shape: {a: ü}
            free: "as it is"
            server_spot: true
            """
        ])
        let config = try folder.load(["a.yml"], variables: TemplateVariable.cloud)
        #expect(
            config.terraformEnvironment == [
                "TF_VAR_region": "us-east-1", "TF_VAR_token": #"a${b}"c"#,
                "TF_VAR_availability_zone": #"["a$${b}","%%{if}","q\"\\\u0009"]"#,
                "TF_VAR_disks": #"{"fast":[1,2.5]}"#, "TF_VAR_shape": #"{"a":"ü"}"#,
                "TF_VAR_free": "as it is", "TF_VAR_server_spot": "true",
            ]
        )
    }

    @Test(
        "digests are SHA-256",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                String(repeating: "a", count: 1_000),
                "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"
            ),
        ]
    )
    func digests(text: String, digest: String) {
        #expect(SHA256.hexadecimal(of: Array(text.utf8)) == digest)
    }

    @Test(
        "durations are whole numbers with units, the longest first",
        arguments: [
            ("8h", .seconds(28_800)), ("90m", .seconds(5_400)), ("1h30m", .seconds(5_400)),
            ("2d", .seconds(172_800)), ("45s", .seconds(45)), ("", nil), ("8", nil), ("h", nil),
            ("0h", nil), ("30m1h", nil), ("1.5h", nil), ("-1h", nil), ("8 h", nil),
            ("9999999999h", nil), ("99999d", nil), ("1h1h", nil),
        ] as [(String, Duration?)]
    )
    func durations(text: String, expected: Duration?) {
        #expect(ConfigDuration.parse(text) == expected)
    }
}
