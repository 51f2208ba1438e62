private import Glibc
internal import JSON
internal import LoadResult
internal import OpenLoop
public import Usage

/// `bench pgbench`: what pgbench logged of a load at a fixed rate, in the form of `bench load`.
public enum PgbenchCommand {
    /// What it takes.
    public static let usage = Usage(
        "bench pgbench",
        summary: "make an HdrHistogram log of what pgbench --rate --log wrote, by due time",
        example:
            "bench pgbench run.1234 --start-at 1795219200 --duration 30 --rate 500 --log load.hdr",
        operands: [.init("LOG", "a log of pgbench's transactions", occurs: 1...256)],
        options: [
            .init("start-at", value: "SECONDS", "since 1970: where the first second begins"),
            .init("duration", value: "SECONDS", "how long the load lasts, in seconds"),
            .init("rate", value: "N", "requests per second of all parts together"),
            .init("part", value: "I/N", "which of N pgbenches wrote it (default 1/1)"),
            .init("keys", value: "N", "how many accounts there are (default 100000)"),
            .init("distribution", value: "KIND", "how they were drawn (default uniform)"),
            .init("write-fraction", value: "0…1", "share of writes asked for (default 0)"),
            .init("connections", value: "N", "pgbench's clients (default 1)"),
            .init("seed", value: "N", "of its random numbers (default 1)"),
            .init(
                "processor-times",
                value: "TIMES",
                "what pgbench took, as the shell's \"times\" says it: 0m1.20s 0m0.35s"
            ),
            .init("log", value: "FILE", "where to write the interval log"),
            .init("result", value: "FILE", "where to write what came of it, as JSON"),
        ]
    )

    /// Runs it.
    ///
    /// - Returns: The exit status: 0, or 1 if no transaction was due in the time.
    /// - Throws: ``UsageError`` for arguments that make no sense, or what is wrong with a log.
    public static func run(_ arguments: Arguments) throws -> Int32 {
        let options = try PgbenchOptions(arguments)
        var tally = PgbenchTally(
            .init(
                start: options.start,
                duration: options.duration,
                ownRate: options.rate / Double(options.parts)
            )
        )
        for path in options.logs { try PgbenchLogFile.forEach(in: path) { tally.add($0) } }
        if let path = options.log { try write(tally, to: path) }
        if let path = options.result {
            let result = LoadResult(of: tally, options)
            try ResultFile(path: path).finish(result.json.text + "\n")
        }
        return tally.counts.finished > 0 ? 0 : 1
    }

    private static func write(_ tally: PgbenchTally, to path: String) throws(LoadError) {
        let log = try LoadLog(
            path: path,
            start: .nanoseconds(tally.asked.start),
            operations: PgbenchTally.operations,
            end: tally.asked.duration,
            hasDueTimes: true,
            comments: ["[Logged with pgbench; values in nanoseconds]"],
            schedule: nil
        )
        let occurred = [tally.reads > 0, tally.reads < tally.counts.finished]
        var latencies = Latencies(operations: PgbenchTally.operations.count)
        for second in 0...Int((tally.asked.duration - 1) / 1_000_000_000) {
            latencies.reset()
            if let interval = tally.intervals[second] { latencies.add(interval) }
            try log.append(second, latencies, occurred: occurred)
        }
        try log.close(tally.counts, isComplete: tally.missed == 0)
    }
}

/// The words of a `bench pgbench` call, checked.
struct PgbenchOptions {
    let logs: [String]
    /// In nanoseconds since 1970.
    let start: Int64
    /// In nanoseconds.
    let duration: Int64
    let rate: Double
    /// From 0.
    let part: Int
    let parts: Int
    let keys: Int
    let distribution: String
    let writeFraction: Double
    let connections: Int
    let seed: Int
    /// In nanoseconds.
    let processorTime: Int
    let log: String?
    let result: String?

    init(_ arguments: Arguments) throws(UsageError) {
        func number(_ name: String, in range: ClosedRange<Double>, or standard: Double? = nil)
            throws(UsageError) -> Double
        {
            guard let text = arguments.value(name) else {
                if let standard { return standard }
                throw UsageError("give --\(name)", usage: PgbenchCommand.usage)
            }
            guard let number = decimalNumber(text), range.contains(number) else {
                throw UsageError(
                    "--\(name) \"\(text)\" must be a number in \(Fixed(range.lowerBound, decimals: 0))…\(Fixed(range.upperBound, decimals: 0))",
                    usage: PgbenchCommand.usage
                )
            }
            return number
        }
        func whole(_ name: String, in range: ClosedRange<Double>, or standard: Double)
            throws(UsageError) -> Int
        {
            let value = try number(name, in: range, or: standard)
            guard let whole = Int(exactly: value) else {
                throw UsageError(
                    "--\(name) \"\(arguments.value(name) ?? "")\" must be a whole number",
                    usage: PgbenchCommand.usage
                )
            }
            return whole
        }
        logs = arguments.all("LOG")
        start = Int64(try number("start-at", in: 0...9e9) * 1e9)
        duration = max(1, Int64(try number("duration", in: 0...31_536_000) * 1e9))
        rate = try number("rate", in: 0...10_000_000)
        keys = try whole("keys", in: 1...1e12, or: 100_000)
        distribution = arguments.value("distribution") ?? "uniform"
        writeFraction = try number("write-fraction", in: 0...1, or: 0)
        connections = try whole("connections", in: 1...100_000, or: 1)
        seed = try whole("seed", in: 0...1e15, or: 1)
        let words = (arguments.value("part") ?? "1/1").split(separator: "/").map { Int($0) }
        guard words.count == 2, let part = words[0], let parts = words[1],
            (1...10_000).contains(parts), (1...parts).contains(part)
        else {
            throw UsageError("--part must be I/N, such as 2/3", usage: PgbenchCommand.usage)
        }
        (self.part, self.parts) = (part - 1, parts)
        let times = arguments.value("processor-times") ?? ""
        guard let seconds = Self.seconds(times) else {
            throw UsageError(
                "--processor-times \"\(times)\" must be as \"times\" says them: 0m1.20s 0m0.35s",
                usage: PgbenchCommand.usage
            )
        }
        processorTime = Int(seconds * 1e9)
        log = arguments.value("log")
        result = arguments.value("result")
    }

    /// The sum of times such as `1m2.345s`; `nil` if one is none.
    private static func seconds(_ text: String) -> Double? {
        var sum = 0.0
        for word in text.split(separator: " ") {
            let parts = word.split(separator: "m")
            guard parts.count == 2, parts[1].hasSuffix("s"), let minutes = decimalNumber(parts[0]),
                let seconds = decimalNumber(parts[1].dropLast())
            else { return nil }
            sum += minutes * 60 + seconds
        }
        return sum
    }
}

extension LoadResult {
    /// Makes the result of a part that pgbench played.
    fileprivate init(of tally: PgbenchTally, _ options: PgbenchOptions) {
        let counts = tally.counts
        let span = tally.dues.map { Double($0.upperBound - $0.lowerBound) } ?? 0
        self.init(
            ending: .complete,
            version: Self.toolVersion,
            part: options.part + 1,
            parts: options.parts,
            rate: options.rate,
            duration: Int(options.duration),
            start: Int(options.start),
            firstKey: 1,
            keys: options.keys,
            distribution: options.distribution,
            writeFraction: options.writeFraction,
            valueSize: 100,
            connections: options.connections,
            threads: 1,
            seed: options.seed,
            timeout: 0,
            maxOutstanding: 1_000_000,
            due: counts.finished + tally.missed,
            sent: counts.sent,
            settled: counts.finished,
            refused: counts.refused,
            timedOut: 0,
            lost: 0,
            overflowed: 0,
            reads: tally.reads,
            missing: 0,
            refusals: counts.refused > 0 ? ["failed": counts.refused] : [:],
            redirected: 0,
            brokenConnections: 0,
            mostOutstanding: options.connections,
            late: counts.late,
            latest: Int(tally.latest),
            processorTime: options.processorTime,
            busiestLoop: span > 0 ? Double(options.processorTime) / span : 0,
            length: Int(max(0, tally.end))
        )
    }
}
