extension Histogram {
    /// Returns a step for each bucket that holds a value, in ascending order.
    public func recordedValues() -> some Sequence<HistogramStep> {
        Steps(self, by: RecordedRule())
    }

    /// Returns a step for each bucket of the whole range, in ascending order.
    public func allValues() -> some Sequence<HistogramStep> {
        Steps(self, by: EveryRule())
    }

    /// Returns steps at ever finer percentiles, the last at 100.
    ///
    /// Each half of the distance to 100 takes `ticksPerHalfDistance` steps, at least 1.
    public func percentiles(ticksPerHalfDistance: Int) -> some Sequence<HistogramStep> {
        precondition(ticksPerHalfDistance >= 1, "at least one tick is needed to get ahead")
        return Steps(self, by: PercentileRule(ticksPerHalfDistance: ticksPerHalfDistance))
    }

    /// Returns steps of equal width, from 0 to the last value; `width` is at least 1.
    public func linearValues(width: Int64) -> some Sequence<HistogramStep> {
        precondition(width >= 1, "a step needs a width to get ahead")
        return Steps(self, by: LinearRule(width: width))
    }

    /// Returns steps that end at `first`, `first` · `base`, `first` · `base`² and so on.
    ///
    /// `first` is at least 1 and `base` more than 1.
    public func logarithmicValues(first: Int64, base: Double) -> some Sequence<HistogramStep> {
        precondition(first >= 1 && base > 1, "a step needs a width to get ahead")
        return Steps(self, by: LogarithmicRule(first: first, base: base))
    }
}
