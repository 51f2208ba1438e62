internal import Usage

/// Logs that are no parts of one load, so that nothing can be made one of them.
enum MergeError: Error, Hashable, CustomStringConvertible {
    /// A log starts at another instant.
    case differentStart(file: String, at: Duration, other: String, otherAt: Duration)
    /// A log has no interval where another has one, or one of another length.
    case differentIntervals(file: String, other: String, at: Duration)
    /// A log puts requests into intervals by another of their times, or is of another schedule.
    case differentKind(file: String, other: String)
    /// Parts of a schedule, from 1, that are missing or there twice.
    case parts(missing: [Int], twice: [Int], of: Int)
    /// The result would replace what it is made of.
    case ontoItself(path: String)
    /// The result cannot be written; the text is the system's.
    case unwritable(path: String, problem: String)

    /// The place, what is wrong, and the remedy.
    var description: String {
        switch self {
        case .differentStart(let file, let time, let other, let otherTime):
            "\(file): starts at \(time.dateAndTime), and \(other) \((time - otherTime).inSeconds) before, "
                + "at \(otherTime.dateAndTime); loaders of one load start together"
        case .differentIntervals(let file, let other, let time):
            "\(file): has no interval like the one of \(other) at \(time.inSeconds); loaders of one "
                + "load cut their time alike: did one die, or are these two loads?"
        case .differentKind(let file, let other):
            "\(file): is a log of another schedule, or of another kind, than \(other)"
        case .parts(let missing, let twice, let parts):
            "of the \(parts.of("part")) of the schedule "
                + [
                    missing.isEmpty ? nil : "\(Self.list(missing)) missing",
                    twice.isEmpty ? nil : "\(Self.list(twice)) named twice",
                ]
                .compactMap { $0 }.joined(separator: ", ")
                + ": name the log of each loader once"
        case .ontoItself(let path): "\(path): is itself one of the logs; name another file"
        case .unwritable(let path, let problem): "\(path): cannot be written: \(problem)"
        }
    }

    private static func list(_ parts: [Int]) -> String {
        parts.map(String.init).listed + (parts.count == 1 ? " is" : " are")
    }
}
