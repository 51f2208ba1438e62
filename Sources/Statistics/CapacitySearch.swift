/// The highest rate at which a latency stays below a limit: a bisection whose steps are repeated until
/// each is certain, or as certain as it gets.
///
/// A measurement is ln(latency / limit): below 0 the limit is kept. At each rate Student's t test says
/// whether the mean is below or above 0. That the latency rises with the rate is taken for granted.
public struct CapacitySearch: Sendable, Hashable {
    /// One trial.
    public struct Measurement: Sendable, Hashable {
        /// Requests per second.
        public var rate: Double
        /// ln(latency / limit); `nil` where the servers fell behind, so that there is no such latency.
        public var excess: Double?

        /// Makes it of a rate and what was measured.
        public init(rate: Double, excess: Double?) {
            self.rate = rate
            self.excess = excess
        }
    }

    /// What is known of a rate.
    public enum Standing: String, Sendable, Hashable {
        /// The limit is kept, for certain.
        case below
        /// The limit is exceeded, for certain.
        case above
        /// All repeats are used up, and the mean is below the limit.
        case perhapsBelow
        /// All repeats are used up, and the mean is above it.
        case perhapsAbove
        /// More repeats are needed.
        case open
    }

    /// What is to be done next.
    public enum Next: Sendable, Hashable {
        /// Measure this rate, perhaps again.
        case measure(rate: Double)
        /// The search is over.
        case done
    }

    /// The lowest and the highest rate that are tried.
    public let range: ClosedRange<Double>
    /// The search ends when the rates on both sides of the limit are so close, as a ratio: 0.05 is 5 %.
    public let within: Double
    /// How often a rate is measured at least and at most.
    public let repeats: ClosedRange<Int>
    /// The probability that a rate is called below though it is above, and the reverse.
    public let error: Double

    /// Makes a search.
    ///
    /// - Parameters:
    ///   - range: The lowest and the highest rate, above 0 and not alike.
    ///   - within: How close the answer must be, as a ratio.
    ///   - repeats: How often a rate is measured, at least twice.
    ///   - error: The probability of a wrong step.
    public init(
        in range: ClosedRange<Double>,
        within: Double = 0.05,
        repeats: ClosedRange<Int> = 3...8,
        error: Double = 0.05
    ) {
        precondition(
            range.lowerBound > 0 && range.lowerBound < range.upperBound,
            "no range of rates"
        )
        precondition(within > 0 && repeats.lowerBound > 1, "nothing to decide by")
        self.range = range
        self.within = within
        self.repeats = repeats
        self.error = error
    }

    /// The same search below a rate that the clients cannot play; `nil` if nothing is left of it.
    public func below(_ rate: Double) -> CapacitySearch? {
        // A rate that they can play is well below one that they cannot.
        let highest = rate * 0.8
        guard highest > range.lowerBound * (1 + within) else { return nil }
        return CapacitySearch(
            in: range.lowerBound...highest,
            within: within,
            repeats: repeats,
            error: error
        )
    }

    /// What is known of a rate.
    public func standing(of rate: Double, _ all: [Measurement]) -> Standing {
        let own = all.filter { $0.rate == rate }
        let behind = own.count { $0.excess == nil }
        // No latency at all is the clearest answer there is; one might be a mishap.
        if behind > 1 { return .above }
        let known = Differences(own.compactMap(\.excess))
        if behind == 0, known.count >= repeats.lowerBound {
            // one-sided on either side
            if known.studentP < 2 * error { return known.mean < 0 ? .below : .above }
        }
        guard own.count >= repeats.upperBound else { return .open }
        return behind == 0 && known.mean < 0 ? .perhapsBelow : .perhapsAbove
    }

    /// What is to be measured next; the lowest rate comes first, then the highest, then the middle.
    public func next(after all: [Measurement]) -> Next {
        for rate in [range.lowerBound, range.upperBound] {
            switch standing(of: rate, all) {
            case .open: return .measure(rate: rate)
            case .above, .perhapsAbove: if rate == range.lowerBound { return .done }
            case .below, .perhapsBelow: if rate == range.upperBound { return .done }
            }
        }
        let (low, high) = bracket(all)
        if let open = rates(of: all).first(where: { standing(of: $0, all) == .open }) {
            return .measure(rate: open)
        }
        guard high > low * (1 + within) else { return .done }
        let middle = Self.rounded((low * high).squareRoot())
        return middle > low && middle < high ? .measure(rate: middle) : .done
    }

    /// The interval that holds the capacity, each end wrong with the probability `error` at its rate.
    ///
    /// From the highest rate that is certainly below the limit to the lowest that is certainly above;
    /// an end is `nil` where no rate is.
    public func interval(_ all: [Measurement]) -> (low: Double?, high: Double?) {
        let rates = rates(of: all)
        let high = rates.first { standing(of: $0, all) == .above }
        let low = rates.last { standing(of: $0, all) == .below && $0 < high ?? .infinity }
        return (low, high)
    }

    /// The most likely capacity, between the rates on both sides of the limit; `nil` if all rates that
    /// were tried are on one side.
    public func capacity(_ all: [Measurement]) -> Double? {
        let (low, high) = bracket(all)
        guard rates(of: all).contains(low), rates(of: all).contains(high), isBelow(low, all),
            !isBelow(high, all), standing(of: high, all) != .open
        else { return nil }
        func mean(_ rate: Double) -> Double? {
            let own = all.filter { $0.rate == rate }
            guard own.allSatisfy({ $0.excess != nil }) else { return nil }
            return Differences(own.compactMap(\.excess)).mean
        }
        guard let under = mean(low), let over = mean(high), over > under else { return low }
        let share = min(max(-under / (over - under), 0), 1)
        return (low.logarithm + share * (high / low).logarithm).exponential
    }

    /// The highest rate on the lower side of the limit and the lowest on the upper side.
    private func bracket(_ all: [Measurement]) -> (low: Double, high: Double) {
        let rates = rates(of: all)
        let high =
            rates.first { [.above, .perhapsAbove].contains(standing(of: $0, all)) }
            ?? range.upperBound
        let low = rates.last { isBelow($0, all) && $0 < high } ?? range.lowerBound
        return (low, high)
    }

    private func isBelow(_ rate: Double, _ all: [Measurement]) -> Bool {
        [.below, .perhapsBelow].contains(standing(of: rate, all))
    }

    private func rates(of all: [Measurement]) -> [Double] { Set(all.map(\.rate)).sorted() }

    /// Three digits, which a person can read and repeat.
    static func rounded(_ rate: Double) -> Double {
        var scale = 1.0
        while rate / scale >= 1_000 { scale *= 10 }
        while rate / scale < 100 { scale /= 10 }
        return (rate / scale).rounded() * scale
    }
}
