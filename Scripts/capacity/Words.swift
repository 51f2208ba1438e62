import Deployment
import Statistics
import Usage

/// The words of the call, checked before anything is connected to.
struct Words: Sendable {
    /// The limit in nanoseconds.
    let limit: Double
    let limitText: String
    /// The percentile's name, and its key in a summary.
    let percentile: String
    let key: String
    let seconds: Double
    let search: CapacitySearch

    init(_ arguments: Arguments) throws {
        limitText = arguments.value("below") ?? "10ms"
        guard let limit = Duration(timeText: limitText) else {
            throw arguments.error("--below \"\(limitText)\" must be a time such as 500ms or 5ms")
        }
        let (seconds, attoseconds) = limit.components
        self.limit = Double(seconds) * 1e9 + Double(attoseconds) / 1e9
        percentile = arguments.value("percentile") ?? "p99"
        let keys = ["p50": "p50_ns", "p90": "p90_ns", "p99": "p99_ns", "p99.9": "p99_9_ns"]
        guard let key = keys[percentile] else {
            throw arguments.error("--percentile \"\(percentile)\" must be p50, p90, p99 or p99.9")
        }
        self.key = key
        self.seconds = try arguments.number("seconds", default: 20, in: warmUp + 5...86_400)
        let from = try arguments.number("from", default: 1_000, in: 1...10_000_000)
        let to = try arguments.number("to", default: 100_000, in: 1...10_000_000)
        guard from < to else {
            throw arguments.error("--from \(from) must be below --to \(to)")
        }
        let within = try arguments.number("within", default: 5, in: 1...100)
        let repeats = try arguments.wholeNumber("repeats", default: 8, in: 3...100)
        search = CapacitySearch(in: from...to, within: within / 100, repeats: 3...repeats)
    }
}

extension CapacitySearch {
    /// The same search below a rate that the clients cannot play; `nil` if nothing is left of it.
    func below(_ rate: Double) -> CapacitySearch? {
        let highest = rate * 0.8
        guard highest > range.lowerBound * (1 + within) else { return nil }
        return CapacitySearch(
            in: range.lowerBound...highest,
            within: within,
            repeats: repeats,
            error: error
        )
    }
}
