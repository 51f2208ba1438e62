/// A plan as people see it, and as JSON; the names are those of the JSON.
struct PlanReport: Sendable, Encodable {
    struct Machines: Sendable, Encodable {
        let action: Plan.Action
        let group: String
        let count: Int
        let instance_type: String?
        let spot: Bool
        let names: [String]
        /// Absent if unknown; for spot it is the most that it can be.
        let usd_per_hour: Double?
    }

    let name: String
    let template: String
    let region: String?
    let expires_at: String?
    let machines: [Machines]
    /// How many other resources have each action.
    let other_resources: [String: Int]
    /// The keys whose values are not those that the deployment was made with.
    let config_changes: [ConfigChange]
    let has_changes: Bool
    /// What all machines cost afterwards; absent if a part is unknown.
    let usd_per_hour: Double?
    let has_spot: Bool
    let unknown_prices: [String]
    /// The day of the prices; absent without a table.
    let prices_of: String?
    /// What must be said of the machines that will be there; often empty.
    let notes: [String]

    private let total: Cost

    private enum CodingKeys: String, CodingKey {
        case name, template, region, expires_at, machines, other_resources
        case config_changes, has_changes
        case usd_per_hour, has_spot, unknown_prices, prices_of, notes
    }

    /// Makes the report; prices are those of `region`, and `shownRegion` is what may be shown of it.
    init(
        _ plan: Plan,
        name: String,
        template: String,
        region: String?,
        shownRegion: String?,
        expiry: Moment?,
        prices: PriceTable?,
        configChanges: [ConfigChange] = [],
        notes: [String] = []
    ) {
        self.name = name
        self.template = template
        self.region = shownRegion
        expires_at = expiry?.text
        machines = plan.rows.map { row in
            Machines(
                action: row.action,
                group: row.group,
                count: row.names.count,
                instance_type: row.type,
                spot: row.isSpot,
                names: row.names,
                usd_per_hour: Cost(of: row, region: region, prices).total
            )
        }
        let counts = plan.others.filter { $0.key != .keep && $0.value > 0 }
        other_resources = Dictionary(
            uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) }
        )
        config_changes = configChanges
        self.notes = notes
        has_changes = !plan.isEmpty
        total = Cost(of: plan, region: region, prices)
        usd_per_hour = total.total
        has_spot = plan.remaining.contains(where: \.isSpot)
        unknown_prices = total.unknown
        prices_of = prices?.date
    }

    /// The table, a line for each kind of change, and what it will all cost.
    var lines: [String] {
        guard has_changes else { return ["\(name): no changes"] + costLine }
        let rows = machines.map { row in
            [
                row.action.rawValue,
                "\(row.count) \(row.group)\(row.count == 1 ? "" : "s")",
                row.instance_type ?? "",
                price(of: row),
                row.action == .add ? "" : Self.shortened(row.names),
            ]
        }
        let others = Plan.Action.allCases.compactMap { action in
            other_resources[action.rawValue].map { "\($0) to \(action.rawValue)" }
        }
        var lines = Table.lines(Self.withoutEmptyColumns(rows))
        if !others.isEmpty { lines.append("other resources: " + others.joined(separator: ", ")) }
        if lines.isEmpty { lines.append("outputs to change") }
        lines += config_changes.map(\.line)
        return ["\(name) with \(template):"] + lines.map { "  " + $0 } + costLine
            + notes.map { "  " + $0 }
    }

    private static func withoutEmptyColumns(_ rows: [[String]]) -> [[String]] {
        let used = (rows.first?.indices ?? 0..<0).filter { column in
            rows.contains { !$0[column].isEmpty }
        }
        return rows.map { row in used.map { row[$0] } }
    }

    private func price(of row: Machines) -> String {
        guard row.instance_type != nil else { return "" }
        let sign = row.action == .destroy ? "-" : ""
        guard let dollars = row.usd_per_hour else { return row.spot ? "spot, unknown" : "unknown" }
        let text = "\(sign)\(PriceTable.text(dollars))/h"
        return row.spot ? "spot, at most \(text)" : text
    }

    private var costLine: [String] {
        var parts: [String] = []
        if total.isBilled {
            let place = region.map { " in \($0)" } ?? ""
            let source =
                prices_of.map { "on-demand prices of \($0)\(place)" }
                ?? "the template has no prices.yml"
            parts.append(
                "\(total.text) per hour afterwards (\(source); storage, traffic and tax not counted)"
            )
        }
        if let expires_at { parts.append("ends itself at \(expires_at)") }
        return parts.isEmpty ? [] : ["  " + parts.joined(separator: "; ")]
    }

    /// As in `server-6 server-7`, or `server-0 … server-5` for more than four.
    private static func shortened(_ names: [String]) -> String {
        guard names.count > 4, let first = names.first, let last = names.last else {
            return names.joined(separator: " ")
        }
        return "\(first) … \(last)"
    }
}
