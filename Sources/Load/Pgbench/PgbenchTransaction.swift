/// One line of the log that `pgbench --rate --log` writes: a transaction and its times.
///
/// The line is `client number latency script seconds microseconds lag`, as pgbench 15's manual has it
/// under "Per-Transaction Logging". The latency is in microseconds from the time at which the
/// transaction was due, the lag that part of it before its begin. One that failed has a word instead
/// of a latency.
struct PgbenchTransaction: Hashable {
    /// Which of pgbench's connections played it, from 0.
    var connection: Int
    /// Which of the scripts it was, from 0.
    var script: Int
    /// When it ended, in nanoseconds since 1970.
    var ended: Int64
    /// From the time at which it was due to its end, in nanoseconds; `nil` if it failed.
    var latency: Int64?
    /// From the time at which it was due to its begin, in nanoseconds; 0 if it failed.
    var lag: Int64

    init(connection: Int, script: Int, ended: Int64, latency: Int64?, lag: Int64) {
        self.connection = connection
        self.script = script
        self.ended = ended
        self.latency = latency
        self.lag = lag
    }

    /// Reads a line without its line feed; `nil` if it is another.
    init?(_ line: some Collection<UInt8>) {
        var fields = line.split(separator: UInt8(ascii: " ")).makeIterator()
        // No time since 1970 in nanoseconds is longer than 19 digits.
        func number() -> Int64? {
            fields.next().flatMap { field in
                guard field.count <= 13 else { return nil }
                return field.reduce(0 as Int64?) { sum, byte in
                    guard let sum, (48...57).contains(byte) else { return nil }
                    return sum * 10 + Int64(byte - 48)
                }
            }
        }
        guard let connection = number(), number() != nil, let outcome = fields.next() else {
            return nil
        }
        let word = String(decoding: outcome, as: UTF8.self)
        let latency = Int64(word)
        let isFailure = Self.failures.contains(word)
        guard isFailure || latency.map({ (0..<1 << 43).contains($0) }) ?? false,
            let script = number(), let seconds = number(), seconds < 9_000_000_000,
            let microseconds = number(), microseconds < 1_000_000, let lag = number(),
            lag < 1 << 43
        else { return nil }
        self.init(
            connection: Int(connection),
            script: Int(script),
            ended: seconds * 1_000_000_000 + microseconds * 1_000,
            latency: latency.map { $0 * 1_000 },
            lag: isFailure ? 0 : lag * 1_000
        )
    }

    private static let failures: Set<String> = ["failed", "serialization", "deadlock"]
}
