/// The part of a run that is measured, counted from the start of the log.
///
/// An interval belongs to it only if it lies inside as a whole: one that straddles an edge is left
/// out, so that no request of the warm-up is counted, and the time that it covers is left out of
/// the throughput as well. Logs round times to 1 ms, so an interval may stick out by that much.
public struct Window: Sendable, Hashable {
    private static let rounding = Duration.milliseconds(1)

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
        // without an edge everything belongs, also what precedes the log's start by a clock's error
        let isBehindStart = from == .zero || interval.start + Self.rounding >= from
        return isBehindStart && to.map { interval.end <= $0 + Self.rounding } ?? true
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
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    /// Seconds with at most three decimals and the unit.
    var inSeconds: String {
        var text = decimals(seconds, 3)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text + " s"
    }
}
