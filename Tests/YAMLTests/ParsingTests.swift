import Testing
import YAML

@Suite("YAML parsing", .timeLimit(.minutes(1)))
struct ParsingTests {
    @Test(
        "plain words mean what a person meant",
        arguments: [
            ("no", .string("no")), ("on", .string("on")), ("0644", .string("0644")),
            ("-0644", .string("-0644")), ("00", .string("00")), ("1:30", .string("1:30")),
            ("0", .int(0)), ("0o644", .int(420)), ("0x1F", .int(31)), ("-12", .int(-12)),
            ("0x-1", .string("0x-1")), ("1e3", .float(1000)), ("1.0", .float(1)),
            (
                "85070591730234615865843651857942052864",
                .string("85070591730234615865843651857942052864")
            ),
            ("1e999", .string("1e999")), (".nan", .float(.nan)), ("+.nan", .string("+.nan")),
            ("2026-11-20", .string("2026-11-20")), ("!!str 12", .string("12")),
            ("! 12", .string("12")), ("!!int '12'", .int(12)), ("!!float 12", .float(12)),
            ("!!bool 'true'", .bool(true)), ("!!null ''", .null), ("'true'", .string("true")),
            ("~", .null),
        ] as [(String, YAMLValue)]
    )
    func scalars(text: String, expected: YAMLValue) throws {
        #expect(
            try YAMLNode.parse("- \(text)\n", file: "t.yml")?.sequence?.first?.value == expected
        )
    }

    @Test(
        "a text without content is nil, a null is not",
        arguments: ["", "\n", "# note\n", "---\n"]
    )
    func empty(text: String) throws {
        #expect(try YAMLNode.parse(text, file: "t.yml") == nil)
        #expect(try YAMLNode.parse(text + "~", file: "t.yml")?.isNull == true)
    }

    @Test("marks count lines and Unicode scalars from 1, and an alias stands at its own place")
    func marks() throws {
        let text = "ü: 1\nlist:\n  - &a\n    x: 😀 y\n  - {é: z, 'k': *a}\n"
        let root = try #require(try YAMLNode.parse("\u{FEFF}" + text, file: "c/x.yml"))
        let list = try #require(root["list"]?.sequence)
        #expect("\(root.mark)" == "c/x.yml:1:1")
        #expect("\(try #require(root["ü"]).mark)" == "c/x.yml:1:4")
        #expect("\(try #require(root.mapping?.entry("list")).key.mark)" == "c/x.yml:2:1")
        #expect("\(try #require(list[0]["x"]).mark)" == "c/x.yml:4:8")
        #expect("\(try #require(list[1].mapping?.entry("k")).key.mark)" == "c/x.yml:5:12")
        let alias = try #require(list[1]["k"])
        #expect("\(alias.mark)" == "c/x.yml:5:17")
        #expect("\(try #require(alias["x"]).mark)" == "c/x.yml:4:8")
    }

    @Test("merged keys stand at their <<, own keys win, and of several mappings the first")
    func merge() throws {
        let text = """
            a: &a {x: 1, y: 1}
            b: &b {y: 2, z: 2}
            c:
              first: 0
              <<: [*b, *a]
              x: 3
            d: {<<: *a, "<<": kept}
            """
        let root = try #require(try YAMLNode.parse(text, file: "t.yml"))
        #expect(root["c"] == ["first": 0, "y": 2, "z": 2, "x": 3])
        #expect(root["d"] == ["x": 1, "y": 1, "<<": "kept"])
        #expect(root["c"]?["z"]?.mark.line == 2)
    }

    @Test("a mapping keeps the place of a key that is set again, and removes one set to nil")
    func editing() throws {
        var node: YAMLNode = ["a": 1, "b": 2, "c": 3]
        node["a"] = 4
        node["b"] = nil
        node["d"] = [1.5, nil ?? "x"]
        node["c"]?["deep"] = true
        #expect(node == ["a": 4, "c": ["deep": true], "d": [1.5, "x"]])
        #expect(node["d"]?.sequence?.first?.double == 1.5)
        #expect(node["b"] == nil)
    }

    @Test("many keys are read in linear time")
    func many() throws {
        let text = (0..<50_000).map { "key\($0): \($0)\n" }.joined()
        let mapping = try #require(try YAMLNode.parse(text, file: "t.yml")?.mapping)
        #expect(mapping.count == 50_000)
        #expect(mapping["key49999"] == 49_999)
    }
}
