internal import Engine

/// A rate that changes in even steps, exact at both ends.
struct Ramp: Sendable, Hashable {
    let from: Int
    let to: Int
    /// How many steps lie between the ends, at least 1.
    let steps: Int
    /// Nanoseconds from one step to the next.
    let interval: Int64

    /// Steps of so many permits, the last one smaller if it must be.
    init(from: Int, to: Int, by step: Int, every interval: Int64) {
        self.from = from
        self.to = to
        steps = max(1, (abs(to - from) + step - 1) / step)
        self.interval = interval
    }

    /// As many even steps as fit, a tenth of a second or more each.
    init(from: Int, to: Int, over duration: Int64) {
        self.from = from
        self.to = to
        steps = Int(max(1, min(Int64(max(1, abs(to - from))), duration / 100_000_000)))
        interval = duration / Int64(steps)
    }

    /// The rate after so many steps.
    func rate(_ step: Int) -> Int {
        guard step < steps else { return to }
        // Below 10^18, since rates are below 10^9 and there are no more steps than permits between them.
        let change = (to - from) * step
        // Rounded to the nearest, whichever way it goes.
        return from + (change + (change < 0 ? -steps : steps) / 2) / steps
    }
}

extension Throttle {
    /// Changes the rate in steps: the first rate at once, then so many permits more or fewer after each interval.
    ///
    /// - Parameters:
    ///   - from: Permits per ``unit`` at first, 0 to 1,000,000,000.
    ///   - to: Permits per `unit` at the end.
    ///   - unit: What the rates count for.
    ///   - step: Permits, at least 1.
    ///   - interval: From one step to the next.
    /// - Throws: ``ThrottleError`` while another ramp is under way, or for values that make no sense.
    public func ramp(
        from: Int,
        to: Int,
        per unit: Duration = .seconds(60),
        by step: Int,
        every interval: Duration
    ) throws {
        try check(from, to, unit)
        guard step >= 1, interval > .zero else {
            throw ThrottleError.ramp(name, problem: "a ramp's step and interval are above 0")
        }
        play(Ramp(from: from, to: to, by: step, every: interval.nanoseconds), 0, unit.nanoseconds)
    }

    /// Changes the rate evenly over a time: the first rate at once, the last one at its end.
    public func ramp(
        from: Int,
        to: Int,
        per unit: Duration = .seconds(60),
        over duration: Duration
    ) throws {
        try check(from, to, unit)
        guard duration > .zero else {
            throw ThrottleError.ramp(name, problem: "a ramp takes a time above 0")
        }
        play(Ramp(from: from, to: to, over: duration.nanoseconds), 0, unit.nanoseconds)
    }

    private func check(_ from: Int, _ to: Int, _ unit: Duration) throws {
        if isStopped { throw ThrottleError.stopped(name) }
        if isRamping { throw ThrottleError.ramping(name) }
        if case .atOnce = pace { throw ThrottleError.otherKind(name) }
        guard (0...1_000_000_000).contains(from), (0...1_000_000_000).contains(to), unit > .zero
        else {
            throw ThrottleError.ramp(name, problem: "a ramp's rates are from 0 to 1000000000")
        }
    }

    private func play(_ ramp: Ramp, _ step: Int, _ unit: Int64) {
        let time = loop.now
        setPace(.permits(ramp.rate(step), in: unit))
        guard step < ramp.steps else { return }
        rampAlarm = loop.alarm(at: time + ramp.interval) { [self] in
            rampAlarm = nil
            play(ramp, step + 1, unit)
        }
    }
}
