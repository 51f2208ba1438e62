import Testing
import YAML

@Suite("YAML errors", .timeLimit(.minutes(1)))
struct YAMLErrorTests {
    @Test(
        "each fault names its place and remedy",
        arguments: [
            ("a: 1\nb: 2\na: 3\n", "3:1: duplicate key \"a\" (first set at t.yml:1:1)"),
            ("{1: a, 1: b}", "1:8: duplicate key \"1\" (first set at t.yml:1:2)"),
            (
                "a: &x {k: 1}\n<<: *x\n<<: *x\n",
                "3:1: duplicate key \"<<\" (first set at t.yml:2:1)"
            ),
            ("a: *x\n", "1:4: alias \"*x\" names no anchor before it (write \"&x\" at the value)"),
            ("a: &x [1, *x]\n", "1:11: alias \"*x\" stands inside the value that it names"),
            (
                "a: 1\n---\nb: 2\n",
                "2:1: a second document begins here (keep one document in each file)"
            ),
            (
                "a: !ruby/x 1\n",
                "1:4: unknown tag \"!ruby/x\" (use none, or !!str, !!int, !!float, !!bool, !!null,"
                    + " !!seq or !!map)"
            ),
            (
                "a: !!set {x}\n",
                "1:4: unknown tag \"!!set\" (use none, or !!str, !!int, !!float, !!bool, !!null,"
                    + " !!seq or !!map)"
            ),
            (
                "a: !!int 0644\n",
                "1:4: the value does not fit its tag \"!!int\" (write 12, 0o14 or 0xC)"
            ),
            ("a: !!map [1]\n", "1:4: the value does not fit its tag \"!!map\""),
            ("a: !!bool yes\n", "1:4: the value does not fit its tag \"!!bool\""),
            ("<<: 5\n", "1:5: \"<<\" takes a mapping or a list of mappings, found an integer"),
            (
                "<<: [{a: 1}, x]\n",
                "1:14: \"<<\" takes a mapping or a list of mappings, found a string"
            ),
            (
                "ab\u{0}c",
                "1:3: character U+0000 is not allowed (write it as an escape in double quotes)"
            ),
            (
                "a: 1\nü\u{7}",
                "2:2: character U+0007 is not allowed (write it as an escape in double quotes)"
            ),
            (
                "a:\n\t- b\n",
                "2:1: found character that cannot start any token while scanning for the next token"
                    + " that begins at 2:1 (indent with spaces, not tabs)"
            ),
            (
                "a: @b\n",
                "1:4: found character that cannot start any token while scanning for the next token"
                    + " that begins at 1:4 (quote the value)"
            ),
            (
                "a: b: c\n",
                "1:5: mapping values are not allowed in this context (quote a value that holds"
                    + " \": \", and check the indentation)"
            ),
            (
                "a: [1, 2\nb: 3\n",
                "2:2: did not find expected ',' or ']' while parsing a flow sequence that begins"
                    + " at 1:4"
            ),
            (
                "a: 'x\n",
                "2:1: found unexpected end of stream while scanning a quoted scalar that begins at 1:4"
            ),
        ]
    )
    func faults(text: String, expected: String) {
        let error = #expect(throws: YAMLError.self) { try YAMLNode.parse(text, file: "t.yml") }
        #expect(error?.description == "t.yml:\(expected)")
    }

    @Test(
        "a byte that is not UTF-8 is named with its place",
        arguments: [
            ([0x61, 0x3A, 0x0A, 0xC3, 0xBC, 0xFF], "2:2: byte 0xFF"),
            ([0xC3], "1:1: byte 0xC3"), ([0x61, 0xED, 0xA0, 0x80], "1:2: byte 0xED"),
        ] as [([UInt8], String)]
    )
    func encoding(bytes: [UInt8], expected: String) {
        let error = #expect(throws: YAMLError.self) {
            try YAMLNode.parse(bytes: bytes, file: "t.yml")
        }
        #expect(
            error?.description == "t.yml:\(expected) is not UTF-8 (save the file as UTF-8)"
        )
    }

    @Test("an alias bomb is refused, by lists and by merges")
    func bombs() {
        var lists = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        var merges = "a0: &a0 {k: [x, x, x, x, x, x, x, x, x]}\n"
        for level in 1..<10 {
            let repeated = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            lists += "a\(level): &a\(level) [\(repeated)]\n"
            merges += "a\(level): &a\(level) {<<: [\(repeated)], k\(level): [\(repeated)]}\n"
        }
        for text in [lists, merges] {
            let error = #expect(throws: YAMLError.self) { try YAMLNode.parse(text, file: "t.yml") }
            #expect(error?.reason == .tooManyAliasedNodes)
        }
    }

    @Test("nesting is bounded, written out or by aliases")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try YAMLNode.parse(nested(100), file: "t.yml") }
        let aliased = (1...200).map { "- &a\($0) [*a\($0 - 1)]\n" }.joined()
        for text in [nested(101), nested(20_000), "- &a0 x\n" + aliased] {
            let error = #expect(throws: YAMLError.self) { try YAMLNode.parse(text, file: "t.yml") }
            #expect(error?.reason == .tooDeep)
        }
    }

    @Test("an anchor may be named again, and its alias means the last one before it")
    func redefinition() throws {
        let node = try YAMLNode.parse("[&a 1, *a, &a 2, *a]", file: "t.yml")
        #expect(node == [1, 1, 2, 2])
    }

    @Test("duplicate keys can be collected, each with the first's place, and the first counts")
    func collecting() throws {
        let text = Array("a: 1\na: 2\nb: {c: 1, c: 2}\n<<: 5\nd: 3\n".utf8)
        var faults: [YAMLError] = []
        let node = try YAMLNode.parse(bytes: text, file: "t.yml", faults: &faults)
        #expect(faults.map(\.mark.description) == ["t.yml:2:1", "t.yml:3:11", "t.yml:4:5"])
        #expect(node == ["a": 1, "b": ["c": 1], "d": 3])
    }
}
