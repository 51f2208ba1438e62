import Testing

@testable import YAML

@Suite("YAML round trip", .timeLimit(.minutes(1)))
struct RoundTripTests {
    @Test("random values are read back equal", arguments: 0..<40)
    func random(seed: UInt64) throws {
        for step in 0..<50 {
            var values = RandomValues(seed: seed * 1_000 + UInt64(step))
            let node = values.node(depth: 4)
            let text = node.emitted()
            let again = try YAMLNode.parse(text, file: "random")
            // A document of nothing but null is written as such, not as an empty one.
            #expect(again == node, "seed \(seed), step \(step):\n\(text)")
        }
    }

    @Test(
        "strings that another reader could take for something else are quoted",
        arguments: [
            "", " ", "~", "null", "true", "False", "yes", "No", "on", "OFF", "y", "N", "<<", "=",
            "0", "-12", "+5", "0x1F", "0o17", "0644", "0b11", "1_000", "1:30", "12:30:45.5", "1.5",
            ".5", "1.", "1e3", ".inf", "-.Inf", ".nan", "2026-11-20", "2026-11-20T23:59:59Z", "-",
            "?", ": ", "a: b", "a #b", "#", "- a", "[", "{", "&a", "*a", "!a", "|", ">", "%", "@",
            "`", "'", "\"", "---", "...", " a", "a ", "a\tb",
        ]
    )
    func quoting(text: String) throws {
        let emitted = YAMLNode(.string(text)).emitted()
        #expect(emitted.hasPrefix("\"") || emitted.hasPrefix("'"))
        #expect(try YAMLNode.parse(emitted, file: "quoted")?.string == text)
    }

    @Test(
        "strings that nobody mistakes stay plain",
        arguments: ["abc", "a b", "a:b", "/var/lib", "8h", "i4i.2xlarge", "ü", "-x", "a,b", "::1"]
    )
    func plain(text: String) {
        #expect(YAMLNode(.string(text)).emitted().split(separator: "\n").first == text[...])
    }

    @Test(
        "floats stay floats",
        arguments: [
            (0.0, "0.0"), (-0.0, "-0.0"), (1.0, "1.0"), (1e20, "1.0e+20"), (1.5e-7, "1.5e-07"),
            (.infinity, ".inf"), (-.infinity, "-.inf"), (.nan, ".nan"), (0.1, "0.1"),
        ]
    )
    func floats(number: Double, text: String) throws {
        let emitted = YAMLNode(.float(number)).emitted()
        #expect(emitted.split(separator: "\n").first == text[...])
        #expect(try YAMLNode.parse(emitted, file: "float")?.value == .float(number))
    }

    @Test("collections are written in block style and texts of several lines as literal blocks")
    func layout() {
        let node: YAMLNode = [
            "list": [1, "two", ["a": 3.0, "b": true]], "none": [], "empty": [:],
            "script": "set -e\necho \"yes: $1\"\n", "crlf": "a\r\nb",
        ]
        #expect(
            node.emitted() == """
                list:
                - 1
                - two
                - a: 3.0
                  b: true
                none: []
                empty: {}
                script: |
                  set -e
                  echo "yes: $1"
                crlf: "a\\r\\nb"

                """
        )
    }
}

/// Values of every type, from a seed.
private struct RandomValues {
    private var state: UInt64
    private static let pieces = [
        "a", "Z", "0", "7", ".", "-", "+", "e", "x", " ", "  ", "\n", "\n\n", "\t", "\r", ":", ": ",
        " #", "#", ",", "[", "]", "{", "}", "&", "*", "!", "|", ">", "%", "@", "`", "'", "\"", "\\",
        "<<", "~", "no", "true", "null", "---", "...", "é", "e\u{301}", "\u{85}", "\u{2028}",
        "\u{FEFF}", "\u{0}", "\u{7F}", "\u{FFFE}", "😀", "?", "? ", "- ",
    ]

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func node(depth: Int) -> YAMLNode {
        switch next(depth == 0 ? 6 : 9) {
        case 0: return YAMLNode(.null)
        case 1: return YAMLNode(.bool(next(2) == 0))
        case 2: return YAMLNode(.int(Int(truncatingIfNeeded: bits()) >> next(64)))
        case 3: return YAMLNode(.float(float()))
        case 4, 5: return YAMLNode(.string(text()))
        case 6: return YAMLNode(.sequence((0..<next(5)).map { _ in node(depth: depth - 1) }))
        default:
            var mapping = YAMLMapping()
            for _ in 0..<next(6) {
                let key = next(4) == 0 ? node(depth: depth - 1) : YAMLNode(.string(text()))
                mapping[key] = node(depth: depth - 1)
            }
            return YAMLNode(.mapping(mapping))
        }
    }

    private mutating func float() -> Double {
        switch next(3) {
        case 0: Double(bitPattern: bits())
        case 1: Double(Int(truncatingIfNeeded: bits()) >> next(64))
        default: Double(next(1_000_000)) / 1_000
        }
    }

    private mutating func text() -> String {
        (0..<next(8)).map { _ in Self.pieces[next(Self.pieces.count)] }.joined()
    }

    private mutating func next(_ bound: Int) -> Int { Int(bits() >> 33) % bound }

    /// Xorshift64*: the same values on each run and machine.
    private mutating func bits() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
