import DeploymentState
import YAML

/// Dollars per hour of machines, from a template's `prices.yml`.
struct PriceTable: Sendable, Hashable {
    /// The day of the prices, as the file says it.
    let date: String
    private let regions: [String: [String: Double]]

    /// No machine costs more per hour, and sums of so much can be counted in cents.
    private static let highest = 1_000_000.0

    /// Reads the table.
    ///
    /// - Throws: ``ProvError/badPrices(path:problem:)`` if it is no such table.
    init(file path: String) throws {
        let root: YAMLNode?
        do {
            root = try YAMLNode.parse(bytes: try Files.bytes(of: path), file: path)
        } catch let error as YAMLError {
            throw ProvError.badPrices(path: path, problem: "\(error)")
        }
        guard let date = root?["date"]?.string else {
            throw ProvError.badPrices(path: path, problem: "no \"date\"")
        }
        guard root?["currency"]?.string ?? "USD" == "USD" else {
            throw ProvError.badPrices(path: path, problem: "\"currency\" must be USD")
        }
        var regions: [String: [String: Double]] = [:]
        for region in root?["regions"]?.mapping?.entries ?? [] {
            var prices: [String: Double] = [:]
            for entry in region.value.mapping?.entries ?? [] {
                guard let type = entry.key.string, let price = entry.value.double,
                    (0...Self.highest).contains(price)
                else {
                    throw ProvError.badPrices(
                        path: "\(entry.value.mark)",
                        problem:
                            "a price is a number of dollars per hour, at most \(Int(Self.highest))"
                    )
                }
                prices[type] = price
            }
            if let name = region.key.string { regions[name] = prices }
        }
        self.date = date
        self.regions = regions
    }

    /// Reads the table of a template, its file `prices.yml`; `nil` if it has none.
    static func find(template: String) throws -> PriceTable? {
        let path = "\(template)/prices.yml"
        return Files.exists(path) ? try PriceTable(file: path) : nil
    }

    /// The on-demand price of a machine, in dollars per hour; `nil` if nobody wrote it down.
    subscript(type: String, in region: String) -> Double? { regions[region]?[type] }

    /// Dollars as people read them: `$4.12`, and four decimals below a dime.
    static func text(_ dollars: Double) -> String {
        let places = dollars >= 0.1 || dollars == 0 ? 2 : 4
        let scale = places == 2 ? 100 : 10_000
        let units = Int((dollars * Double(scale)).rounded())
        let fraction = String(units % scale)
        let zeros = String(repeating: "0", count: places - fraction.count)
        return "$\(units / scale).\(zeros)\(fraction)"
    }
}
