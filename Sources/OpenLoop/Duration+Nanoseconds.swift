extension Duration {
    /// The duration in nanoseconds, rounded down; for durations below 292 years.
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// The duration in nanoseconds, rounded down; longer ones count as 285 years.
    package var clampedNanoseconds: Int64 {
        components.seconds < 9_000_000_000 ? wholeNanoseconds : 9_000_000_000_000_000_000
    }
}
