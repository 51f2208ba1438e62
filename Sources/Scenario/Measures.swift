package import Histogram

/// What users measured, by the second in which it was due, and how it went lately.
///
/// What failed counts with all the others. What was cut off, because its user was told to end, is counted and
/// has no time: it says nothing of the system.
package final class Measures {
    private static let second: Int64 = 1_000_000_000
    /// So long after its end a second waits for what was due in it and is given late.
    private static let patience: Int64 = 2_000_000_000

    /// A measurement under way.
    package struct Span: Sendable {
        let second: Int
        let measure: Int
        let due: Int64
        let begun: Int64
        let hasDue: Bool
    }

    /// How a measurement ended.
    package enum Ending: Sendable {
        case done
        case failed
        /// The user was told to end meanwhile.
        case cut
    }

    /// One name's measurements.
    package struct Series {
        package let name: String
        /// Whether any had a time at which it was due; then there are response times beside service times.
        package fileprivate(set) var hasDue = false
        /// Of the whole run, in nanoseconds.
        package fileprivate(set) var response = Measures.histogram(digits: 3)
        package fileprivate(set) var service = Measures.histogram(digits: 3)
        package fileprivate(set) var failed = Measures.histogram(digits: 3)
        /// Those that ended since ``Measures/resetLive()``, coarsely.
        package fileprivate(set) var live = Measures.histogram(digits: 2)
        package fileprivate(set) var liveFailed = 0
    }

    /// The measurements that were due in one second.
    package struct Second {
        /// From 0.
        package let number: Int
        /// In the order of ``Measures/series``; `nil` for names without a measurement in it.
        fileprivate(set) var intervals: [DueInterval?] = []
        fileprivate var unsettled = 0
    }

    /// In the order in which the names were first used.
    package private(set) var series: [Series] = []
    /// What has ended of each of ``series``, at once, for those who only want to know how many took how long.
    package private(set) var totals: [MeasureTotals] = []
    /// How many were cut off.
    package private(set) var cut = 0
    /// How many are under way.
    package private(set) var underWay = 0
    /// When the first second begins, on the loop's clock.
    package let start: Int64

    private var indices: [String: Int] = [:]
    private var open: [Second] = []
    private var first = 0
    private var spare: [DueInterval] = []

    /// Begins with nothing measured.
    package init(start: Int64) { self.start = start }

    private static func histogram(digits: Int) -> Histogram {
        do {
            return try Histogram(
                highestTrackable: 60_000_000_000,
                significantDigits: digits,
                resizes: true
            )
        } catch {
            preconditionFailure("a valid range: \(error)")
        }
    }

    /// Begins a measurement.
    ///
    /// - Parameters:
    ///   - name: Letters, digits, `-`, `_`, `.` and `/`.
    ///   - due: When it was due, on the loop's clock; `nil` if it has no such time.
    ///   - now: The loop's time.
    /// - Returns: What ``end(_:_:now:)`` takes.
    /// - Throws: ``MeasureError/name(_:)``.
    package func begin(_ name: String, due: Int64?, now: Int64) throws(MeasureError) -> Span {
        let measure = try index(of: name)
        if due != nil { series[measure].hasDue = true }
        let time = min(due ?? now, now)
        // What is due in a second that has left already counts in the oldest that is here.
        let second = max(first, Int((time - start) / Self.second))
        while first + open.count <= second { open.append(Second(number: first + open.count)) }
        open[second - first].unsettled += 1
        underWay += 1
        return Span(second: second, measure: measure, due: time, begun: now, hasDue: due != nil)
    }

    private func index(of name: String) throws(MeasureError) -> Int {
        if let index = indices[name] { return index }
        let isPlain = name.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-_./".utf8.contains(byte)
        }
        guard isPlain, !name.isEmpty, name.utf8.count <= 60 else { throw .name(name) }
        // A name that is made anew for each user would take all memory.
        guard series.count < 200 else { throw .tooMany(name) }
        series.append(Series(name: name))
        totals.append(MeasureTotals())
        indices[name] = series.count - 1
        return series.count - 1
    }

    /// Ends a measurement.
    package func end(_ span: Span, _ ending: Ending, now: Int64) {
        // The run may be over, and all that was under way cut off.
        guard span.second >= first else { return }
        underWay -= 1
        let place = span.second - first
        open[place].unsettled -= 1
        guard ending != .cut else {
            cut += 1
            return
        }
        let (response, service) = (now - span.due, now - span.begun)
        let hasFailed = ending == .failed
        interval(place, span.measure).record(
            0,
            response: response,
            service: service,
            failed: hasFailed
        )
        do {
            try series[span.measure].live.record(span.hasDue ? response : service)
        } catch {
            preconditionFailure("a resizing histogram takes any value: \(error)")
        }
        if hasFailed { series[span.measure].liveFailed += 1 }
        totals[span.measure].add(
            response: span.hasDue ? response : nil,
            service: service,
            failed: hasFailed
        )
    }

    private func interval(_ place: Int, _ measure: Int) -> DueInterval {
        while open[place].intervals.count <= measure { open[place].intervals.append(nil) }
        if let interval = open[place].intervals[measure] { return interval }
        let interval = spare.popLast() ?? DueInterval(operations: 1)
        interval.begin(first + place)
        open[place].intervals[measure] = interval
        return interval
    }

    /// Forgets what ended lately.
    package func resetLive() {
        for index in series.indices {
            series[index].live.reset()
            series[index].liveFailed = 0
        }
    }

    // MARK: Seconds

    /// Calls `body` for each second that has ended and is settled, in order, with the histograms of each name.
    ///
    /// - Parameters:
    ///   - now: The loop's time.
    ///   - isLast: Whether the run is over: then all seconds before `now` leave, and what is under way is cut off.
    ///   - body: Gets the second's number, and a series for each name, of that second alone.
    package func settle(
        now: Int64,
        isLast: Bool = false,
        _ body: (_ second: Int, [Series]) throws -> Void
    ) rethrows {
        if isLast {
            cut += underWay
            underWay = 0
        }
        while true {
            let end = start + Int64(first + 1) * Self.second
            if isLast {
                guard end - Self.second < now || !open.isEmpty else { return }
            } else {
                guard end + Self.patience <= now, open.first?.unsettled ?? 0 == 0 else { return }
            }
            let intervals = open.isEmpty ? [] : open.removeFirst().intervals
            let number = first
            first += 1
            try body(number, take(intervals))
        }
    }

    /// Makes the series of one second, and adds it to the whole run.
    private func take(_ intervals: [DueInterval?]) -> [Series] {
        var taken = series.map { series in
            var taken = Series(name: series.name)
            taken.hasDue = series.hasDue
            return taken
        }
        do {
            for (index, interval) in intervals.enumerated() {
                guard let interval else { continue }
                try interval.add(.response, of: 0, to: &taken[index].response)
                try interval.add(.service, of: 0, to: &taken[index].service)
                try interval.add(.failed, of: 0, to: &taken[index].failed)
                try series[index].response.add(taken[index].response)
                try series[index].service.add(taken[index].service)
                try series[index].failed.add(taken[index].failed)
                spare.append(interval)
            }
        } catch {
            preconditionFailure("a resizing histogram takes any value: \(error)")
        }
        return taken
    }
}

/// Why something cannot be measured.
public enum MeasureError: Error, Hashable, CustomStringConvertible {
    /// The name cannot stand in a log.
    case name(String)
    /// There are 200 names already.
    case tooMany(String)

    /// What is wrong, and the remedy.
    public var description: String {
        switch self {
        case .name(let name):
            "bad name \"\(name)\" of a measure: 1 to 60 letters, digits, \"-\", \"_\", \".\" and \"/\""
        case .tooMany(let name):
            "measure \"\(name)\" would be the 201st: take one name for all users, not one for each"
        }
    }
}
