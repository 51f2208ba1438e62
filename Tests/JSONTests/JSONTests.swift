import Testing

@testable import JSON

@Suite("JSON", .timeLimit(.minutes(3)))
struct JSONTests {
    @Test("what is written is read back")
    func roundTrip() throws {
        let value: JSON = [
            "a": .array([.null, .bool(true), .integer(-7), .number(1.5), .array([]), .object([])]),
            "ä\"\\\n\u{1}😀": .string("\t/"),
        ]
        #expect(try JSON(parsing: value.text) == value)
    }

    @Test("escapes are read, surrogate pairs among them")
    func escapes() throws {
        #expect(try JSON(parsing: #" "\u00e4\ud83d\ude00\/\b" "#) == .string("ä😀/\u{8}"))
    }

    @Test(
        "a fault is named with its line",
        arguments: [
            ("{\n\n\"a\" 1}", "3: a colon is missing"), ("[1,]", "1: \"\" is no value"),
            ("[1", "1: a comma or \"]\" is missing"), ("\"abc", "1: a string has no end"),
            ("1 2", "1: more behind the value"),
            ("\"\\u12\"", "1: four hexadecimal digits are missing"),
            (String(repeating: "[", count: 300), "1: nested too deep"),
            ("nan", "1: \"nan\" is no value"),
        ]
    )
    func faults(text: String, message: String) {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: text) }
        #expect(error?.description == message)
    }
}
