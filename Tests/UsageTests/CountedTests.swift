import Testing

@testable import Usage

@Suite("Counted")
struct CountedTests {
    @Test(
        "says a number with its noun, in the singular for one",
        arguments: [
            (1, "1 server"), (0, "0 servers"), (999, "999 servers"), (1_000, "1,000 servers"),
            (500_000, "500,000 servers"), (-1_234_567, "-1,234,567 servers"),
        ]
    )
    func nouns(number: Int, expected: String) { #expect(number.of("server") == expected) }

    @Test("takes a plural of its own")
    func plural() {
        #expect(1.of("process", "processes") == "1 process")
        #expect(2.of("process", "processes") == "2 processes")
        #expect(Int.min.withCommas == "-9,223,372,036,854,775,808")
    }
}
