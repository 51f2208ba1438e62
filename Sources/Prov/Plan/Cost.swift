import DeploymentState

/// What machines cost per hour, as far as the table knows.
struct Cost: Sendable, Hashable {
    /// The sum of those whose price is known, in dollars per hour; spot at the full price.
    var dollars = 0.0
    /// Whether a part of it is spot, which costs that much at most.
    var isAtMost = false
    /// The types that the table does not have, sorted.
    var unknown: [String] = []
    /// Whether there was a machine with an instance type, so that money is at stake at all.
    var isBilled = false

    /// Adds machines of one type.
    mutating func add(
        _ count: Int,
        of type: String?,
        spot: Bool,
        region: String?,
        _ prices: PriceTable?
    ) {
        guard let type, count > 0 else { return }
        isBilled = true
        guard let region, let price = prices?[type, in: region] else {
            if !unknown.contains(type) { unknown = (unknown + [type]).sorted() }
            return
        }
        dollars += price * Double(count)
        if spot { isAtMost = true }
    }

    /// As in `$5.56`, `spot, at most $1.36`, `unknown`; empty for machines that cost nothing.
    var text: String {
        guard isBilled else { return "" }
        if unknown.isEmpty { return (isAtMost ? "at most " : "") + PriceTable.text(dollars) }
        let known = dollars > 0 ? "\(isAtMost ? "at most " : "")\(PriceTable.text(dollars)) + " : ""
        return "\(known)unknown (\(unknown.joined(separator: " ")))"
    }

    /// The whole sum; `nil` if a part is unknown or nothing is billed.
    var total: Double? { isBilled && unknown.isEmpty ? dollars : nil }

    /// What nodes cost, by what the template says of them in the inventory.
    init(of nodes: [Node], _ prices: PriceTable?) {
        for node in nodes {
            let zone = node.vars["availability_zone"] ?? ""
            add(
                1,
                of: node.vars["instance_type"],
                spot: node.vars["market"] == "spot",
                region: zone.isEmpty ? nil : String(zone.dropLast()),
                prices
            )
        }
    }

    /// What a plan's machines will cost.
    init(of plan: Plan, region: String?, _ prices: PriceTable?) {
        for machine in plan.remaining {
            add(1, of: machine.type, spot: machine.isSpot, region: region, prices)
        }
    }

    /// What one line of a plan costs.
    init(of row: Plan.Row, region: String?, _ prices: PriceTable?) {
        add(row.names.count, of: row.type, spot: row.isSpot, region: region, prices)
    }
}
