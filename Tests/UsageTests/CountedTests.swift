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

    @Test(
        "rounds half up what people read, though its double is below the half",
        arguments: [
            (0.01265, "1.27"), (0.01475, "1.48"), (0.012649, "1.26"), (0.012651, "1.27"),
            (0.00285, "0.29"), (1.005, "100.50"),
        ]
    )
    func halves(share: Double, text: String) {
        #expect(decimals(100 * share, 2) == text)
        #expect("\(Fixed(100 * share, decimals: 2))" == text)
        #expect(decimals(-100 * share, 2) == "-" + text)
    }
}
