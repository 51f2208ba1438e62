import Foundation
internal import Posix
public import Statistics

/// Requests per second that a record may name: far more than anybody measures, and no more than an `Int` holds.
private let rates = 1e-6...1e12
/// Nanoseconds that a record may name, likewise.
private let latencies = 1e-6...1e18

/// What `capacity.json` holds: the question and all that was measured so far, so that a search can be
/// gone on with after any interruption.
///
/// What is to be measured next follows from it and nothing else.
public struct CapacityRecord: Sendable, Hashable, Codable {
    /// What a search looks for.
    public struct Question: Sendable, Hashable, Codable {
        /// The latency that is to be kept below, in nanoseconds.
        public var limit: Double
        /// The percentile of reads and of writes, such as `p99`.
        public var percentile: String
        /// The lowest rate that is tried.
        public var from: Double
        /// The highest rate that is tried.
        public var to: Double
        /// How long each load lasts, in seconds.
        public var seconds: Double
        /// How close the answer must be, in percent.
        public var withinPercent: Double
        /// How often a rate is measured at most.
        public var repeats: Int

        /// Each percentile that can be asked for, with the member of a summary's JSON that holds it.
        public static let percentiles = [
            "p50": "p50_ns", "p90": "p90_ns", "p99": "p99_ns", "p99.9": "p99_9_ns",
        ]

        /// Makes a question.
        public init(
            limit: Double,
            percentile: String,
            from: Double,
            to: Double,
            seconds: Double,
            withinPercent: Double,
            repeats: Int
        ) {
            self.limit = limit
            self.percentile = percentile
            self.from = from
            self.to = to
            self.seconds = seconds
            self.withinPercent = withinPercent
            self.repeats = repeats
        }

        /// The member of a summary's JSON that holds the percentile.
        public var key: String { Self.percentiles[percentile] ?? "" }

        /// Whether a search can be made of it.
        var isSound: Bool {
            latencies.contains(limit) && Self.percentiles[percentile] != nil
                && rates.contains(from) && from < to && rates.contains(to) && seconds > 0
                && seconds.isFinite && withinPercent > 0 && withinPercent.isFinite
                && (3...100).contains(repeats)
        }

        var search: CapacitySearch {
            CapacitySearch(in: from...to, within: withinPercent / 100, repeats: 3...repeats)
        }

        /// What differs from another question, in the words of a call.
        func differences(from other: Question) -> [String] {
            let options: [(String, String, String)] = [
                ("--below", CapacityText.time(limit), CapacityText.time(other.limit)),
                ("--percentile", percentile, other.percentile),
                ("--from", CapacityText.rate(from), CapacityText.rate(other.from)),
                ("--to", CapacityText.rate(to), CapacityText.rate(other.to)),
                ("--seconds", "\(seconds)", "\(other.seconds)"),
                ("--within", "\(withinPercent)", "\(other.withinPercent)"),
                ("--repeats", "\(repeats)", "\(other.repeats)"),
            ]
            return options.compactMap { option, own, theirs in
                own == theirs ? nil : "\(option) is \(own), and was \(theirs)"
            }
        }
    }

    /// What a trial says of its rate.
    public enum Outcome: String, Sendable, Hashable, Codable {
        /// A latency.
        case latency
        /// The servers fell behind or failed.
        case behind
        /// The clients could not play the rate.
        case clientsBehind = "clients behind"
        /// Nothing: it does not count.
        case nothing
    }

    /// One trial.
    public struct Entry: Sendable, Hashable, Codable {
        /// Requests per second.
        public var rate: Double
        /// What it says.
        public var outcome = Outcome.nothing
        /// The worse of the percentiles of reads and of writes, in nanoseconds; `nil` without one.
        public var latency: Double?
        /// The trial's directory; `nil` if it failed before there was one.
        public var trial: String?
        /// Why it does not count; empty if it does.
        public var reasons: [String] = []

        /// Makes an entry that says nothing yet.
        public init(rate: Double, trial: String? = nil) {
            self.rate = rate
            self.trial = trial
        }

        var isSound: Bool {
            rates.contains(rate) && (outcome == .latency) == (latency != nil)
                && (latency.map(latencies.contains) ?? true)
                && (outcome == .nothing) == !reasons.isEmpty
        }
    }

    /// What is looked for.
    public var question: Question
    /// The deployment's random id.
    public var deployment: String
    /// What the trials depend on beside the load, by name, such as `server-0 kernel`.
    public var conditions: [String: String]
    /// The trial that runs, as the entry that it becomes if nobody sees its end; `nil` between trials.
    public var underWay: Entry?
    /// Every trial in the order in which they ran, also those that do not count.
    public var entries: [Entry] = []

    /// Makes a record of nothing.
    public init(question: Question, deployment: String, conditions: [String: String]) {
        self.question = question
        self.deployment = deployment
        self.conditions = conditions
    }

    /// The search as far as the clients can play it; `nil` if they cannot even play the lowest rate.
    public var search: CapacitySearch? {
        var search = Optional(question.search)
        for entry in entries where entry.outcome == .clientsBehind {
            search = search?.below(entry.rate)
        }
        return search
    }

    /// The trials that count: ln(latency / limit) by rate.
    public var measurements: [CapacitySearch.Measurement] {
        entries.compactMap { entry in
            switch entry.outcome {
            case .latency:
                entry.latency.map {
                    .init(rate: entry.rate, excess: ($0 / question.limit).logarithm)
                }
            case .behind: .init(rate: entry.rate, excess: nil)
            case .clientsBehind, .nothing: nil
            }
        }
    }

    /// The rate that is to be measured next; `nil` if the search is over.
    public var next: Double? {
        guard let search, case .measure(let rate) = search.next(after: measurements) else {
            return nil
        }
        return rate
    }

    /// The exit status of a check: 0 found, 1 the clients cannot play any rate, 4 not in this range.
    public var exitStatus: Int32 {
        guard let search else { return 1 }
        return search.capacity(measurements) == nil ? 4 : 0
    }

    /// Makes an entry of a trial whose end nobody saw, so that none is lost; whether there was one.
    mutating func closeUnderWay() -> Bool {
        guard let cut = underWay else { return false }
        entries.append(cut)
        underWay = nil
        return true
    }

    /// Reads a record.
    ///
    /// - Throws: ``CapacityRecordError`` if the file cannot be read, is larger than 64 MiB, or is no record.
    public init(at path: String) throws {
        let limit = ExperimentRecord.sizeLimit
        // What either error says is told by the one below.
        guard let bytes = try? RegularFile.bytes(of: path, limit: limit),
            let record = try? JSONDecoder().decode(Self.self, from: Data(bytes)),
            record.question.isSound,
            (record.entries + [record.underWay].compactMap { $0 }).allSatisfy(\.isSound)
        else { throw CapacityRecordError(path: path) }
        self = record
    }

    /// Writes the record, whole or not at all.
    public func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(self) + Data("\n".utf8)
        try data.write(to: URL(filePath: path), options: .atomic)
    }
}

/// A file that is no record of a search.
public struct CapacityRecordError: Error, Hashable, CustomStringConvertible {
    /// The file.
    public let path: String

    /// The place and the remedy.
    public var description: String {
        "\(path): is no record of a search for a capacity; name the directory that capacity printed"
    }
}
