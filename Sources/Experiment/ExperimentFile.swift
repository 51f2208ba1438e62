/// What an experiment asks: the content of its YAML file.
public struct ExperimentFile: Sendable, Hashable {
    /// One side of the question.
    public struct Variant: Sendable, Hashable {
        /// What it is called in tables.
        public var name: String
        /// Settings of the database; an empty value removes one.
        public var settings: [String: String]
        /// Shell commands that run as root on every server before each of its trials.
        public var commands: [String]
        /// Shell commands that take back what those changed, as root on every server after each of its
        /// trials.
        public var undo: [String] = []
        /// The executable, package or tarball that the servers run, by path, or `packaged`; `nil` for the
        /// distribution's if the other variant has one, else for whatever is installed.
        public var build: String?
        /// Local files that lie on every server during its trials, by their paths there.
        public var files: [String: String] = [:]
    }

    /// The load of every trial.
    public struct Load: Sendable, Hashable {
        /// Requests per second over all clients.
        public var rate: Double
        /// How long the load lasts, in seconds.
        public var seconds: Int
        /// How many seconds at its start do not count.
        public var warmUp: Int
        /// The share of writes, 0 to 1.
        public var writeFraction: Double

        /// The tags that the summary of such a load has.
        var tags: [String] {
            (writeFraction < 1 ? ["READ-rt", "READ-st"] : [])
                + (writeFraction > 0 ? ["WRITE-rt", "WRITE-st"] : [])
        }
    }

    /// The base of all percentages; runs first in half of the pairs.
    public var a: Variant
    /// What is compared with it.
    public var b: Variant
    /// The load of every trial.
    public var load: Load
    /// The dataset that is restored before every trial.
    public var dataset: String
    /// What is judged, in order of importance to the reader.
    public var metrics: [Metric]
    /// The smallest difference worth knowing, as a ratio: 0.05 is 5 %.
    public var effect: Double
    /// Pairs of A against A that come first, to learn what this rig can show; 0 leaves them out.
    public var rehearsal: Int
    /// How many pairs there are before the first verdict, at least 5.
    public var least: Int
    /// How many pairs there are at most.
    public var most: Int
    /// Of the order within the pairs.
    public var seed: UInt64

    /// The names of all settings that any variant names.
    public var settings: Set<String> { Set(a.settings.keys).union(b.settings.keys) }

    /// Whether a variant says what the servers run.
    public var setsBuilds: Bool { a.build != nil || b.build != nil }

    /// The variant of a pair's side.
    public func variant(_ side: Schedule.Side) -> Variant { side == .a ? a : b }

    /// How long the trials of so many pairs load the database, in seconds.
    public func loadSeconds(pairs: Int) -> Int { 2 * pairs * load.seconds }
}

/// A figure of a trial that an experiment judges, such as `READ-rt p99`.
public struct Metric: Sendable, Hashable, Codable, CustomStringConvertible {
    /// A column of the summary's table.
    public enum Figure: String, Sendable, Hashable, Codable, CaseIterable {
        /// The arithmetic mean of the latencies.
        case mean
        /// The median.
        case p50
        /// The 90th percentile.
        case p90
        /// The 99th percentile.
        case p99
        /// The 99.9th percentile.
        case p999 = "p99.9"
        /// The 99.99th percentile.
        case p9999 = "p99.99"
        /// Requests per second.
        case throughput

        /// The member of the summary's JSON that holds it.
        public var key: String {
            switch self {
            case .mean: "mean_ns"
            case .throughput: "throughput_per_s"
            default: rawValue.replacing(".", with: "_") + "_ns"
            }
        }
    }

    /// The tag of the summary's row, such as `READ-rt`.
    public var tag: String
    /// The column.
    public var figure: Figure

    /// Makes a metric.
    public init(tag: String, figure: Figure) {
        self.tag = tag
        self.figure = figure
    }

    /// Reads `READ-rt p99`; `nil` if it is none.
    public init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 2, let figure = Figure(rawValue: String(words[1])),
            words[0].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
        else { return nil }
        self.init(tag: String(words[0]), figure: figure)
    }

    /// A value of it with its unit: latencies come in nanoseconds.
    func text(of value: Double) -> String {
        switch figure {
        case .throughput: "\((value * 10).rounded() / 10)/s"
        default: "\((value / 1e3).rounded() / 1e3) ms"
        }
    }

    /// As it is written in the file.
    public var description: String { "\(tag) \(figure.rawValue)" }
}
