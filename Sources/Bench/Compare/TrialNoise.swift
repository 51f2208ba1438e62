private import Glibc
internal import Histogram
internal import JSON
internal import Usage

/// What else may have moved a trial's figures: time that was stolen from its nodes, and loaders that
/// were busy or late.
struct TrialNoise: Sendable, Hashable {
    /// The largest share of processor time that other machines took from a node, and which one.
    private(set) var stolen: (share: Double, node: String)?
    /// The largest share of a core that one event loop of a loader took.
    private(set) var busiest: Double?
    /// Requests that the loaders took up more than 1 ms late, among all.
    private(set) var late: Double?

    static func == (a: TrialNoise, b: TrialNoise) -> Bool { a.text == b.text }
    func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// Reads it from the trial at `path` and from beside its logs; what is not there is not said.
    ///
    /// - Throws: ``SummaryError`` for a file that is there and is no JSON.
    init(of path: String, logs: [String]) throws(SummaryError) {
        if access("\(path)/trial.json", F_OK) == 0 {
            read(try JSON(file: "\(path)/trial.json"))
        }
        var (due, late) = (Int64(0), Int64(0))
        for log in logs {
            let folder = log.lastIndex(of: "/").map { String(log[..<$0]) } ?? "."
            guard access("\(folder)/result.json", F_OK) == 0 else { continue }
            let result = try JSON(file: "\(folder)/result.json")
            due &+= result["due"]?.wholeNumber ?? 0
            late &+= result["late"]?.wholeNumber ?? 0
            if let share = result["busiestLoop"]?.number { busiest = max(busiest ?? 0, share) }
        }
        if due > 0 { self.late = Double(late) / Double(due) }
    }

    private mutating func read(_ record: JSON) {
        guard case .array(let stresses) = record["stresses"] else { return }
        for stress in stresses {
            guard case .object(let nodes) = stress["before"]?["nodes"] else { continue }
            for node in nodes {
                let after = stress["after"]?["nodes"]?[node.name]
                guard let ticks = after?["ticks"]?.number, let from = node.value["ticks"]?.number,
                    let taken = after?["stolen_ticks"]?.number,
                    let before = node.value["stolen_ticks"]?.number, ticks > from
                else { continue }
                let share = (taken - before) / (ticks - from)
                if share >= stolen?.share ?? 0 { stolen = (share, node.name) }
            }
        }
    }

    /// `stolen at most 0.3 % (server-1), busiest loop 21.0 %, late 0.01 %`; empty if nothing is known.
    var text: String {
        let parts = [
            stolen.map {
                "stolen at most \(decimals(100 * $0.share, 2)) % (\(printable($0.node, limit: 60)))"
            },
            busiest.map { "busiest loop of a loader \(decimals(100 * $0, 1)) %" },
            late.map { "late requests \(decimals(100 * $0, 2)) %" },
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }

    var json: JSON {
        [
            "stolen_share": stolen.map { .number($0.share) } ?? .null,
            "busiest_loop": busiest.map(JSON.number) ?? .null,
            "late_share": late.map(JSON.number) ?? .null,
        ]
    }
}

extension JSON {
    /// The number, whole or not; `nil` for anything else.
    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
