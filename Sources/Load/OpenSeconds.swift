internal import Histogram

/// The seconds of one loop's schedule in which requests are not settled, or may still become due.
///
/// A request belongs to the second in which it was due, whatever becomes of it and whenever. The
/// seconds leave in order, each when its last request is settled: at most a time limit after its
/// end, so that there are about as many as a time limit has seconds.
struct OpenSeconds {
    /// The number of nanoseconds in a second.
    private static let length: Int64 = 1_000_000_000

    private let operations: Int
    /// In order, one for each second; never empty.
    private var open: ContiguousArray<DueInterval>
    /// The second that ``open`` begins with.
    private var first = 0
    /// When the last of ``open`` ends, in nanoseconds since the start of the schedule.
    private(set) var end: Int64
    /// Emptied seconds that are used again.
    private var spare: [DueInterval] = []

    /// Stands in second 0, for so many kinds of request.
    init(operations: Int) {
        self.operations = operations
        open = [DueInterval(operations: operations)]
        end = Self.length
    }

    /// How many seconds are open.
    var count: Int { open.count }

    /// The memory of the open seconds' counts, in bytes.
    var bytes: Int { open.reduce(0) { $0 + $1.bytes } }

    /// Takes up a request that is due so many nanoseconds after the start; returns its second.
    ///
    /// Requests come in the order in which they are due.
    @inline(__always)
    mutating func take(_ due: Int64) -> Int32 {
        while due >= end { advance() }
        open[open.count - 1].unsettled += 1
        return Int32(truncatingIfNeeded: first + open.count - 1)
    }

    /// Ends the seconds before `time`, in which nothing more becomes due.
    mutating func advance(to time: Int64) {
        while time >= end { advance() }
    }

    /// Records a request of `second`; returns whether that was the last that a second waited for.
    @inline(__always)
    mutating func settle(
        _ second: Int32,
        _ operation: UInt8,
        response: Int64,
        service: Int64,
        failed: Bool
    ) -> Bool {
        let place = Int(second) - first
        let interval = open[place]
        interval.record(operation, response: response, service: service, failed: failed)
        interval.unsettled -= 1
        return interval.unsettled == 0 && place == 0 && open.count > 1
    }

    /// Returns the first second if it has ended and is settled; call it until it returns `nil`.
    mutating func next() -> DueInterval? {
        guard open.count > 1, open[0].unsettled == 0 else { return nil }
        first += 1
        return open.removeFirst()
    }

    /// Returns all seconds that are open, settled or not, at the end of the load.
    mutating func rest() -> ContiguousArray<DueInterval> {
        defer { open = [] }
        return open
    }

    /// Takes back what ``next()`` returned, to use it again.
    mutating func reuse(_ intervals: [DueInterval]) { spare += intervals }

    private mutating func advance() {
        let interval = spare.popLast() ?? DueInterval(operations: operations)
        interval.begin(first + open.count)
        open.append(interval)
        end += Self.length
    }
}
