/// A fault of an interval log, with its place.
public struct IntervalLogError: Error, Hashable {
    /// What is wrong.
    public enum Reason: Sendable, Hashable {
        /// The file cannot be opened or read; the text is the system's.
        case unreadable(String)
        /// There is no file, or it has no histogram at all.
        case noInterval
        /// A column is missing or is no number; the text names the column.
        case malformed(column: String, found: String)
        /// The histogram cannot be decoded.
        case histogram(HistogramError)
        /// The last line has no end: its writer was killed, or is still at work.
        case cutShort
    }

    /// What is wrong.
    public let reason: Reason
    /// The file as it was named.
    public let file: String
    /// Counted from 1; `nil` when the fault is in no one line.
    public let line: Int?

    package init(reason: Reason, file: String, line: Int?) {
        self.reason = reason
        self.file = file
        self.line = line
    }
}

extension IntervalLogError: CustomStringConvertible {
    /// The place, what is wrong, and the remedy.
    public var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return switch reason {
        case .unreadable(let text):
            "\(place): cannot be read: \(text)"
        case .noInterval:
            "\(place): holds no interval; is it an HdrHistogram log?"
        case .malformed(let column, let found):
            "\(place): \(column) is \"\(found)\"; an HdrHistogram log has "
                + "[Tag=TAG,]START,LENGTH,MAX,HISTOGRAM in each line"
        case .histogram(let error):
            "\(place): \(error)"
        case .cutShort:
            "\(place): the last line is cut short; its writer was killed or is still at work"
        }
    }
}
