internal import Histogram
internal import LoadResult
internal import OpenLoop

/// What came of one part of a load that pgbench played, from its transactions one after the other.
///
/// Pgbench begins before the start and goes on behind the end, so that its random moments fill the
/// time between evenly from the first to the last instant; what was due outside counts for nothing.
/// A request due behind the end that was taken up proves that all those due before it were.
struct PgbenchTally {
    /// What was asked.
    struct Asked {
        /// When the first second of the log begins, in nanoseconds since 1970.
        var start: Int64
        /// How long it lasts, in nanoseconds.
        var duration: Int64
        /// Requests per second of this part alone.
        var ownRate: Double
    }

    /// The kinds of request, in the order of pgbench's scripts.
    static let operations = ["READ", "WRITE"]
    /// A moment without requests that long and longer happens by chance once in 500 million times.
    private static let patience = 20.0
    /// From then on a request counts as late, as in `bench load`: 1 ms.
    private static let late: Int64 = 1_000_000

    let asked: Asked
    private(set) var counts = LoadCounts()
    private(set) var reads = 0
    /// How late the latest request was begun, though a connection was free for it.
    private(set) var latest: Int64 = 0
    /// When the last request that counts ended, in nanoseconds since the start.
    private(set) var end: Int64 = 0
    private(set) var intervals: [Int: DueInterval] = [:]
    /// When the first and the last of all requests were due.
    private(set) var dues: ClosedRange<Int64>?
    private var connections: [Int: (due: Int64, end: Int64)] = [:]

    init(_ asked: Asked) { self.asked = asked }

    /// Adds a transaction; those of one connection come in order.
    mutating func add(_ transaction: PgbenchTransaction) {
        let ended = transaction.ended - asked.start
        let before = connections[transaction.connection]
        // Of one that failed pgbench tells its end alone. It was due behind the last one of its connection.
        let due = transaction.latency.map { ended - $0 } ?? before?.due ?? min(0, ended)
        let begun = transaction.latency == nil ? before?.end ?? due : due + transaction.lag
        connections[transaction.connection] = (due, ended)
        dues = min(dues?.lowerBound ?? due, due)...max(dues?.upperBound ?? due, due)
        guard (0..<asked.duration).contains(due), transaction.script < Self.operations.count else {
            return
        }
        let isFailure = transaction.latency == nil
        let second = Int(due / 1_000_000_000)
        interval(second).record(
            UInt8(transaction.script),
            response: max(0, ended - due),
            service: max(0, ended - begun),
            failed: isFailure
        )
        counts.sent += 1
        counts.finished += 1
        if transaction.script == 0 { reads += 1 }
        end = max(end, ended)
        if isFailure {
            counts.refused += 1
            return
        }
        // While its connection was busy with another request, the servers were late, not pgbench.
        let own = begun - max(due, before?.end ?? due)
        latest = max(latest, own)
        if own > Self.late { counts.late += 1 }
    }

    private mutating func interval(_ second: Int) -> DueInterval {
        if let interval = intervals[second] { return interval }
        let interval = DueInterval(operations: Self.operations.count)
        interval.begin(second)
        intervals[second] = interval
        return interval
    }

    /// About how many requests were due that pgbench never took up; 0 if all were.
    var missed: Int {
        guard let dues else {
            return Int((asked.ownRate * Double(asked.duration) / 1e9).rounded(.up))
        }
        var missed = 0.0
        // It stopped before it had worked off what was due.
        if dues.upperBound < asked.duration {
            missed += 1 + asked.ownRate * Double(asked.duration - dues.upperBound) / 1e9
        }
        // It began too late.
        let gap = asked.ownRate * Double(dues.lowerBound) / 1e9
        if gap > Self.patience { missed += gap }
        return Int(missed.rounded(.up))
    }
}
