// Measures record, encode, decode and the reading of a log; see README.md.
//
//   histogram write LOG SECONDS SEED TAG…   writes a log of a loader, each tag in each second
//   histogram measure LOG                   prints what each operation takes

import Glibc
import Histogram

/// The values to record: log-normal around 250 µs, made before the clock starts.
func latencies(_ count: Int, seed: UInt64) -> [Int64] {
    var state = seed
    func uniform() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (Double(state >> 11) + 0.5) / 9_007_199_254_740_992
    }
    return (0..<count).map { _ in
        let gauss = (-2 * log(uniform())).squareRoot() * cos(2 * Double.pi * uniform())
        return Int64(250_000 * exp(0.7 * gauss))
    }
}

func write(_ path: String, seconds: Int, seed: UInt64, tags: [String]) throws {
    let file = fopen(path, "w")
    let start = Duration.seconds(1_795_224_086)
    let writer = IntervalLogWriter(startTime: start, baseTime: start)
    fputs(writer.header(), file)
    let values = latencies(200_000, seed: seed)
    var histogram = try Histogram(highestTrackable: 3_600_000_000_000)
    var next = 0
    for second in 0..<seconds {
        for tag in tags {
            histogram.reset()
            for _ in 0..<(tag.hasSuffix("error") ? 3 : 5_000) {
                try histogram.record(values[next % values.count])
                next += 1
            }
            fputs(
                writer.line(
                    tag: tag,
                    start: .seconds(second),
                    length: .seconds(1),
                    histogram: histogram
                ),
                file
            )
        }
    }
    fclose(file)
}

/// Prints the best of seven runs, each of so many operations.
func measure(_ name: String, operations: Int, _ body: () throws -> Void) rethrows {
    var best = Duration.seconds(1_000)
    for _ in 0..<7 { best = min(best, try ContinuousClock().measure(body)) }
    let nanoseconds =
        Double(best.components.attoseconds) / 1e9
        + Double(best.components.seconds) * 1e9
    print("swift,\(name),\((nanoseconds / Double(operations) * 100).rounded() / 100)")
}

let arguments = CommandLine.arguments
if arguments.count > 5, let seconds = Int(arguments[3]), let seed = UInt64(arguments[4]) {
    try write(arguments[2], seconds: seconds, seed: seed, tags: Array(arguments[5...]))
    exit(0)
}

/// In a function, as each access to a global variable is checked for exclusivity.
func measureAll(_ log: String) throws {
    let values = latencies(1_000_000, seed: 1)
    var histogram = try Histogram(highestTrackable: 3_600_000_000_000)
    try measure("record", operations: 10 * values.count) {
        histogram.reset()
        for _ in 0..<10 { for value in values { try histogram.record(value) } }
    }
    var sum: Int64 = 0
    measure("percentile", operations: 1_000) {
        for _ in 0..<1_000 { sum &+= histogram.value(atPercentile: 99) }
    }
    var second = try Histogram(highestTrackable: 3_600_000_000_000)
    for value in values.prefix(25_000) { try second.record(value) }
    let writer = IntervalLogWriter(startTime: .zero)
    measure("line of 25000 values", operations: 100) {
        for _ in 0..<100 {
            let line = writer.line(start: .zero, length: .seconds(1), histogram: second)
            sum &+= Int64(line.utf8.count)
        }
    }
    let encoded = histogram.compressed()
    measure("compress", operations: 100) {
        for _ in 0..<100 { sum &+= Int64(histogram.compressed().count) }
    }
    try measure("decompress", operations: 1_000) {
        for _ in 0..<1_000 { sum &+= try Histogram(decoding: encoded).count }
    }
    var intervals = 0
    let reader = try IntervalLogReader(path: log)
    while try reader.next() != nil { intervals += 1 }
    try measure("interval of a log", operations: intervals) {
        var total = try Histogram(highestTrackable: 3_600_000_000_000)
        let reader = try IntervalLogReader(path: log)
        while let interval = try reader.next() { try total.add(interval.histogram()) }
        sum &+= total.value(atPercentile: 99)
    }
    if sum == 0 { print("nothing measured") }
}

try measureAll(arguments[2])
