internal import Histogram
internal import Usage

/// The part of a run that is measured, counted from the start of the log.
///
/// An interval belongs to it if its middle lies inside. Loaders close their intervals a few
/// milliseconds late when they are busy, each by another amount; a rule by the edges would then
/// take a second more of one loader than of another. Throughput counts the time that the taken
/// intervals really cover.
public struct Window: Sendable, Hashable {
    /// Where it starts.
    public let from: Duration
    /// Where it ends; `nil` is the end of the log.
    public let to: Duration?

    /// Makes a window; the default is the whole log.
    public init(from: Duration = .zero, to: Duration? = nil) {
        self.from = from
        self.to = to
    }

    func contains(_ interval: Interval) -> Bool {
        let middle = interval.start + interval.length / 2
        // without an edge everything belongs, also what precedes the log's start by a clock's error
        let isBehindStart = from == .zero || middle >= from
        return isBehindStart && to.map { middle < $0 } ?? true
    }
}

extension Window: CustomStringConvertible {
    /// `5 s to 65 s`, or `0 s to the end`.
    public var description: String {
        "\(from.inSeconds) to \(to.map(\.inSeconds) ?? "the end")"
    }
}

extension Duration {
    /// Seconds as a number.
    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    /// Seconds with at most three decimals and the unit.
    package var inSeconds: String {
        var text = decimals(seconds, 3)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text + " s"
    }
}
