internal import OpenLoop
internal import Usage

/// The words of a `bench load` call, checked.
struct LoadOptions {
    var servers: [NodeAddress]
    var plan: LoadPlan
    var mix: RequestMix
    var dialect: Dialect
    var threads: Int
    /// Seconds since 1970, to the year 2255, up to which nanoseconds can be counted; `nil` to start as soon as the connections stand.
    var startAt: Double?
    var log: String?
    var result: String?
    var metrics: String?
    var stress: String
    var trace: String?
    var passwordFile: String?
    var mustBeCluster: Bool
    var isQuiet: Bool

    /// The protocol that the servers speak.
    enum Dialect: String, CaseIterable {
        case redis, etcd

        /// Where such a server listens unless told otherwise.
        var port: UInt16 { self == .redis ? 6379 : 2379 }
    }

    /// Whether requests have a time at which they are due.
    var hasSchedule: Bool {
        if case .open = plan.pace { true } else { false }
    }

    static let usage = Usage(
        "bench load",
        summary: "load Redis, Redis Cluster or etcd at a fixed rate and write an HdrHistogram log",
        example: "bench load 10.0.0.5 --rate 50000 --duration 60s --log load.hdr",
        operands: [
            .init(
                "HOST[:PORT]",
                "a server (default port 6379; of etcd 2379), or some servers of a cluster",
                occurs: 1...1_000
            )
        ],
        options: [
            .init("protocol", value: "KIND", "what the servers speak: redis (default) or etcd"),
            .init(
                "rate",
                value: "N|max",
                "requests per second of all parts, such as 50000 or 0.5; max: what --pipeline allows"
            ),
            .init(
                "part",
                value: "I/N",
                "play every N-th request of one schedule, from the I-th on (default 1/1)"
            ),
            .init(
                "duration",
                value: "TIME",
                "how long the schedule lasts, such as 30s, 500ms, 5m, 1h"
            ),
            .init("requests", value: "N", "how many all parts send, instead of --duration"),
            .init("connections", value: "N", "in all (default 16); a server gets one at least"),
            .init(
                "max-outstanding",
                value: "N",
                "requests under way; further ones fail unsent (default 1000000, 100 bytes each)"
            ),
            .init("threads", value: "N", "event loops (default 1)"),
            .init(
                "pipeline",
                value: "N",
                "with --rate max: requests under way per connection (default 16)"
            ),
            .init("keys", value: "N", "how many keys (default 1000000), named key:%012d"),
            .init("first-key", value: "N", "the number of the first key (default 0)"),
            .init(
                "distribution",
                value: "KIND",
                "uniform (default), gauss[:MEAN,STDEV] or sequence"
            ),
            .init(
                "write-fraction",
                value: "0…1",
                "share of writes among the requests (default 0.1)"
            ),
            .init("value-size", value: "BYTES", "size of written values (default 100)"),
            .init("timeout", value: "TIME", "after this a request counts as failed (default 10s)"),
            .init("stop-on-failure", "end at the first request that fails"),
            .init("start-at", value: "SECONDS", "since 1970: when the schedule begins"),
            .init(
                "priority",
                value: "KIND",
                "auto (default): real-time, and processors kept awake, if permitted and not --rate max; or normal"
            ),
            .init("seed", value: "N", "of the random numbers (default 1)"),
            .init(
                "log",
                value: "FILE",
                "where to write the interval log, whose intervals hold the requests due in them"
            ),
            .init("result", value: "FILE", "where to write what came of it, as JSON"),
            .init(
                "metrics",
                value: "FILE",
                "where to write figures for Prometheus each second, such as DIR/load.prom of a node exporter"
            ),
            .init("stress", value: "NAME", "the label of those figures (default load)"),
            .init("trace", value: "FILE", "where to write a line for each request, for tests"),
            .init(
                "password-file",
                value: "FILE",
                "its first line is the servers' password, else REDISCLI_AUTH; nobody else may read it"
            ),
            .init("cluster", "fail if the server is no part of a cluster (found out by itself)"),
            .init("quiet", "print no progress, which is what servers answered in each second"),
        ]
    )

    /// Checks the words behind `bench load`.
    init(_ arguments: Arguments) throws(UsageError) {
        let reader = OptionReader(arguments: arguments, usage: Self.usage)
        dialect = try reader.dialect()
        servers = []
        for text in arguments.all("HOST[:PORT]") {
            do {
                servers.append(try NodeAddress(text, defaultPort: dialect.port))
            } catch {
                throw UsageError("\(error)", usage: Self.usage)
            }
        }
        threads = try reader.number("threads", in: 1...256) ?? 1
        startAt = try reader.decimal("start-at", in: 0...9e9)
        log = arguments.value("log")
        result = arguments.value("result")
        metrics = arguments.value("metrics")
        stress = arguments.value("stress") ?? "load"
        trace = arguments.value("trace")
        passwordFile = arguments.value("password-file")
        mustBeCluster = arguments.flag("cluster")
        isQuiet = arguments.flag("quiet")
        mix = try reader.mix()
        plan = try reader.plan()
    }
}

/// Reads options and says what is wrong with them.
private struct OptionReader {
    let arguments: Arguments
    let usage: Usage

    /// What the servers speak; options that only Redis has are refused elsewhere.
    func dialect() throws(UsageError) -> LoadOptions.Dialect {
        let name = arguments.value("protocol") ?? "redis"
        guard let dialect = LoadOptions.Dialect(rawValue: name) else {
            throw wrong("--protocol \"\(name)\" must be redis or etcd")
        }
        let isRedisOnly = arguments.flag("cluster") || arguments.value("password-file") != nil
        guard dialect == .redis || !isRedisOnly else {
            throw wrong("--cluster and --password-file go with --protocol redis only")
        }
        return dialect
    }

    func plan() throws(UsageError) -> LoadPlan {
        let requests = try number("requests", in: 1...1_000_000_000_000)
        let duration = try time("duration")
        guard (requests == nil) != (duration == nil) else {
            throw wrong("give one of --duration and --requests")
        }
        var plan = LoadPlan(
            pace: try pace(),
            requests: requests,
            duration: duration,
            connections: try number("connections", in: 1...100_000) ?? 16,
            timeout: try time("timeout") ?? .seconds(10),
            isRealTime: try wantsRealTime()
        )
        plan.maxOutstanding = try number("max-outstanding", in: 1...100_000_000) ?? 1_000_000
        (plan.part, plan.parts) = try part()
        plan.stopsOnFailure = arguments.flag("stop-on-failure")
        return plan
    }

    /// The part from 0, and how many there are.
    private func part() throws(UsageError) -> (Int, Int) {
        guard let text = arguments.value("part") else { return (0, 1) }
        let words = text.split(separator: "/", omittingEmptySubsequences: false)
        guard words.count == 2, let part = Int(words[0]), let parts = Int(words[1]),
            (1...10_000).contains(parts), (1...parts).contains(part)
        else {
            throw wrong(
                "--part \"\(text)\" must be I/N, such as 2/3, with I in 1…N and N in 1…10000"
            )
        }
        return (part - 1, parts)
    }

    private func wantsRealTime() throws(UsageError) -> Bool {
        switch arguments.value("priority") {
        case nil, "auto": return arguments.value("rate") != "max"
        case "normal": return false
        case let kind?: throw wrong("--priority \"\(kind)\" must be auto or normal")
        }
    }

    private func pace() throws(UsageError) -> LoadPlan.Pace {
        let pipeline = try number("pipeline", in: 1...10_000)
        guard let text = arguments.value("rate") else {
            throw wrong("give --rate, in requests per second, or --rate max")
        }
        if text == "max" { return .closed(pipeline: pipeline ?? 16) }
        guard pipeline == nil else { throw wrong("--pipeline goes with --rate max only") }
        guard let rate = Rate(text) else {
            throw wrong(
                "--rate \"\(text)\" must be max or in 0.000001…10000000, "
                    + "written with six decimals at most, such as 0.5"
            )
        }
        return .open(Throttle(rate))
    }

    func mix() throws(UsageError) -> RequestMix {
        let firstKey = try number("first-key", in: 0...999_999_999_999) ?? 0
        let keys = try number("keys", in: 1...1_000_000_000_000) ?? 1_000_000
        guard firstKey + keys <= 1_000_000_000_000 else {
            throw wrong("keys \(firstKey) to \(firstKey + keys - 1) need more than twelve digits")
        }
        let name = arguments.value("distribution") ?? "uniform"
        guard let distribution = KeyDistribution(name) else {
            throw wrong(
                "--distribution \"\(name)\" must be uniform, gauss[:MEAN,STDEV] or sequence"
            )
        }
        return RequestMix(
            firstKey: UInt64(firstKey),
            keys: UInt64(keys),
            distribution: distribution,
            writeFraction: try decimal("write-fraction", in: 0...1) ?? 0.1,
            valueSize: try number("value-size", in: 0...536_870_912) ?? 100,
            seed: UInt64(try number("seed", in: 0...Int.max) ?? 1)
        )
    }

    func number(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = arguments.value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw wrong(
                "--\(name) \"\(text)\" must be a whole number in \(range.lowerBound)…\(range.upperBound)"
            )
        }
        return number
    }

    func decimal(_ name: String, in range: ClosedRange<Double>) throws(UsageError) -> Double? {
        guard let text = arguments.value(name) else { return nil }
        guard let number = decimalNumber(text), range.contains(number) else {
            throw wrong(
                "--\(name) \"\(text)\" must be a number in \(Fixed(range.lowerBound, decimals: 0))…\(Fixed(range.upperBound, decimals: 0))"
            )
        }
        return number
    }

    private func time(_ name: String) throws(UsageError) -> Duration? {
        guard let text = arguments.value(name) else { return nil }
        let units: [(String, Double)] = [("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3_600)]
        for (unit, seconds) in units where text.hasSuffix(unit) {
            guard let count = decimalNumber(text.dropLast(unit.count)), count > 0,
                count * seconds <= 31_536_000
            else { break }
            return .nanoseconds(Int64(count * seconds * 1e9))
        }
        throw wrong("--\(name) \"\(text)\" must be a time such as 30s, 500ms, 5m or 1h")
    }

    private func wrong(_ problem: String) -> UsageError {
        UsageError(problem, usage: usage)
    }
}
