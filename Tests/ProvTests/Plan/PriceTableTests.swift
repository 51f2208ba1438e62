import DeploymentState
import Testing

@testable import Prov

@Suite("PriceTable")
struct PriceTableTests {
    @Test(
        "shows dollars as people read them",
        arguments: [(0, "$0.00"), (0.0052, "$0.0052"), (0.1, "$0.10"), (5.5592, "$5.56")]
    )
    func text(dollars: Double, text: String) { #expect(PriceTable.text(dollars) == text) }

    @Test(
        "refuses what is no table",
        arguments: [
            ("regions: {}\n", ": no table of prices: no \"date\""),
            (
                "date: d\nregions: { r: { t: -1 } }\n",
                ":2:20: no table of prices: a price is a number"
            ),
            (
                "date: d\nregions: { r: { t: 1e300 } }\n",
                ":2:20: no table of prices: a price is a number"
            ),
            ("date: d\ncurrency: EUR\n", ": no table of prices: \"currency\" must be USD"),
        ]
    )
    func bad(text: String, error: String) async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/prices.yml"
            try Files.write(text, to: path)
            let thrown = #expect(throws: ProvError.self) { try PriceTable(file: path) }
            #expect(thrown?.description.hasPrefix(path + error) == true, "\(thrown as Any)")
        }
    }
}
