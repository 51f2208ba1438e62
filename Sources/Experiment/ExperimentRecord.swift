import Foundation
internal import Posix

/// What `experiment.json` holds: all that was measured so far, so that an experiment can be gone on
/// with after any interruption.
public struct ExperimentRecord: Sendable, Hashable, Codable {
    /// One trial.
    public struct Entry: Sendable, Hashable, Codable {
        /// Whether it belongs to the rehearsal, in which both sides are A.
        public var isRehearsal: Bool
        /// The pair, from 0.
        public var pair: Int
        /// The side of the pair.
        public var side: Schedule.Side
        /// The trial's directory; `nil` if it failed before there was one.
        public var trial: String?
        /// The metrics in order of the file; empty if the trial is invalid.
        public var values: [Double]
        /// Why it does not count; empty if it does.
        public var reasons: [String]

        /// Makes an entry.
        public init(
            isRehearsal: Bool,
            pair: Int,
            side: Schedule.Side,
            trial: String? = nil,
            values: [Double] = [],
            reasons: [String] = []
        ) {
            self.isRehearsal = isRehearsal
            self.pair = pair
            self.side = side
            self.trial = trial
            self.values = values
            self.reasons = reasons
        }

        /// Takes the metrics of a trial; one that is missing or 0 makes it worth nothing.
        public mutating func take(_ metrics: [Metric], _ value: (Metric) -> Double?) {
            values = []
            for metric in metrics {
                guard let value = value(metric), value > 0, value.isFinite else {
                    reasons.append(
                        "the trial has no \(metric); the tags are those of bench summary"
                    )
                    continue
                }
                values.append(value)
            }
            if !reasons.isEmpty { values = [] }
        }

        /// The pair and the variant, in words.
        func place(in file: ExperimentFile) -> String {
            let name = side == .a || isRehearsal ? file.a.name : file.b.name
            return (isRehearsal ? "rehearsal " : "pair ") + "\(pair + 1), \(name)"
        }

        /// What came of the trial, in a line.
        public func line(in file: ExperimentFile) -> String {
            guard reasons.isEmpty else {
                return "\(place(in: file)): does not count: \(reasons.joined(separator: "; "))"
            }
            let figures = zip(file.metrics, values).map { "\($0) \($0.text(of: $1))" }
            return "\(place(in: file)): \(figures.joined(separator: ", "))"
        }
    }

    /// The whole text of the experiment's file; going on with another one is refused.
    public var file: String
    /// The deployment's random id.
    public var deployment: String
    /// What the trials depend on beside the load, by name, such as `server-0 kernel`; `nil` in the
    /// records of earlier versions.
    public var conditions: [String: String]?
    /// The variant whose commands may be in force, because nobody has seen them undone.
    public var open: Schedule.Side?
    /// The trial that runs, as the entry that it becomes if nobody sees its end; `nil` between trials.
    public var underWay: Entry?
    /// Every trial, valid or not, in the order in which they ran.
    public var entries: [Entry] = []
    /// How many entries there were when this run of the experiment began; not kept.
    var begun = 0

    /// No experiment has more pairs.
    private static let mostPairs = 1_000_000

    private enum CodingKeys: String, CodingKey {
        case file, deployment, conditions, open, underWay, entries
    }

    /// Makes a record of nothing.
    public init(file: String, deployment: String, conditions: [String: String]? = nil) {
        self.file = file
        self.deployment = deployment
        self.conditions = conditions
    }

    /// What is not as it was when the experiment began, in words, by name; empty if all is.
    func changes(to now: [String: String]) -> [String] {
        guard let conditions else { return [] }
        return Self.changes(from: conditions, to: now)
    }

    /// What differs between the conditions of two times, in words, by name; empty if all is alike.
    static func changes(
        from conditions: [String: String],
        to now: [String: String]
    ) -> [String] {
        Set(conditions.keys).union(now.keys).sorted().compactMap { name in
            switch (conditions[name], now[name]) {
            case (let old?, let new?):
                old == new ? nil : "\(name) is \"\(new)\", and was \"\(old)\""
            case (nil, let new?): "\(name) is \"\(new)\", and was not there"
            case (let old?, nil): "\(name) is not there any more, and was \"\(old)\""
            case (nil, nil): nil
            }
        }
    }

    /// More than a record of the most pairs needs, with reasons for each.
    static let sizeLimit = 64 << 20

    /// Reads a record.
    ///
    /// - Throws: If the file cannot be read, is larger than 64 MiB, or is no record.
    public init(at path: String) throws {
        do {
            let bytes = try RegularFile.bytes(of: path, limit: Self.sizeLimit)
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch {
            throw ExperimentRecordError(path: path)
        }
        let isSound = (entries + [underWay].compactMap { $0 }).allSatisfy { entry in
            (0..<Self.mostPairs).contains(entry.pair)
                && entry.values.isEmpty != entry.reasons.isEmpty
                && entry.values.allSatisfy { $0 > 0 && $0.isFinite }
        }
        guard isSound else { throw ExperimentRecordError(path: path) }
        begun = entries.count
    }

    /// Makes an entry of a trial whose end nobody saw, so that none is lost; whether there was one.
    mutating func closeUnderWay() -> Bool {
        guard let cut = underWay else { return false }
        entries.append(cut)
        underWay = nil
        // It counts as one of an earlier run, of which nobody could mend anything yet.
        begun = entries.count
        return true
    }

    /// Writes the record, whole or not at all.
    public func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(self) + Data("\n".utf8)
        try data.write(to: URL(filePath: path), options: .atomic)
    }
}

/// A file that is no experiment's record.
public struct ExperimentRecordError: Error, Hashable, CustomStringConvertible {
    /// The file.
    public let path: String

    /// The place and the remedy.
    public var description: String {
        "\(path): is no record of an experiment; name the directory that the experiment printed"
    }
}
