/// Reads an HdrHistogram interval log, with Java's `HistogramLogReader` as the measure.
///
/// Time stamps count from the base time if the log names one. Otherwise they count from the start
/// time if they lie more than a year before it, else from 1970. Without a start time the log
/// starts with its first interval. Comments, legend and empty lines are passed over.
public final class IntervalLogReader {
    /// The file as it was named.
    public let path: String
    /// When the log started, since 1970; `nil` before the first line that says it.
    public private(set) var startTime: Duration?
    /// Set behind the last interval if the last line is cut short, as a killed writer leaves it.
    public private(set) var cut: IntervalLogError?
    /// Whether a damaged line is passed over, and named in ``faults``, instead of ending the reading.
    ///
    /// Each histogram is then decoded twice: once to find out whether it is whole.
    package var passesOverDamage = false
    /// The damaged lines that were passed over, as far as a hundred.
    package private(set) var faults: [IntervalLogError] = []
    /// How many damaged lines were passed over.
    package private(set) var damaged = 0
    /// Whether the log is still written: behind its last whole line ``next()`` is `nil` until there is
    /// another.
    package var follows: Bool {
        get { lines.follows }
        set { lines.follows = newValue }
    }
    private var baseTime: Duration?
    private let lines: LineReader
    private var line = 0
    /// 3,000 years, which no time in a log exceeds, and of which a billion can be added up.
    private static let longest = Duration.seconds(100_000_000_000)
    /// The first tags of the log, which come again in each second, and their texts.
    private var tags: [(bytes: [UInt8], text: String)] = []
    private let onRemark: ((String) -> Void)?
    let decoder = HistogramDecoder()

    /// Opens the log.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - onRemark: Gets what tools say in brackets beside the format's own lines, as `[Complete: …]`,
    ///     without the `#`; longer ones than 400 bytes are passed over.
    /// - Throws: ``IntervalLogError`` if it cannot be opened.
    public init(
        path: String,
        onRemark: ((String) -> Void)? = nil
    ) throws(IntervalLogError) {
        self.path = path
        self.onRemark = onRemark
        do {
            lines = try LineReader(path: path)
        } catch {
            throw IntervalLogError(reason: .unreadable("\(error)"), file: path, line: nil)
        }
    }

    /// Returns the next interval, `nil` behind the last.
    ///
    /// - Throws: ``IntervalLogError`` for a line that is no interval, with its number. A last line
    ///   without an end is no error but ends the log, and ``cut`` then says so.
    public func next() throws(IntervalLogError) -> Interval? {
        while true {
            do {
                guard let read = try readLine() else { return nil }
                guard let interval = read else { continue }
                if passesOverDamage { _ = try interval.histogram() }
                return interval
            } catch {
                // a file that cannot be read has no next line
                if case .unreadable = error.reason { throw error }
                guard passesOverDamage else { throw error }
                damaged += 1
                if faults.count < 100 { faults.append(error) }
            }
        }
    }

    /// Returns `nil` at the end, and a `nil` interval for a line that is none.
    private func readLine() throws(IntervalLogError) -> Interval?? {
        line += 1
        let outcome: Result<Interval?, IntervalLogError>?
        do {
            outcome = try lines.next { text, isComplete in
                self.parse(text, isComplete: isComplete)
            }
        } catch {
            throw IntervalLogError(reason: .unreadable("\(error)"), file: path, line: nil)
        }
        guard let outcome else {
            line -= 1
            return nil
        }
        return .some(try outcome.get())
    }

    private func parse(
        _ text: UnsafeRawBufferPointer,
        isComplete: Bool
    ) -> Result<Interval?, IntervalLogError> {
        var rest = text[...]
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        guard let first = rest.first else { return .success(nil) }
        if first == UInt8(ascii: "#") {
            readComment(rest)
            return .success(nil)
        }
        if rest.starts(with: #""StartTimestamp""#.utf8) { return .success(nil) }
        do {
            let interval = try readInterval(rest)
            // a cut is found out only by decoding: any prefix of Base64 is Base64
            if !isComplete { _ = try interval.histogram() }
            return .success(interval)
        } catch {
            guard isComplete else {
                cut = IntervalLogError(reason: .cutShort, file: path, line: line)
                return .success(nil)
            }
            return .failure(error)
        }
    }

    /// Notes start and base time; like Java, passes over those that are no number.
    private func readComment(_ text: Slice<UnsafeRawBufferPointer>) {
        func seconds(after prefix: String) -> Duration? {
            guard text.starts(with: prefix.utf8) else { return nil }
            let value = text.dropFirst(prefix.utf8.count).drop { $0 == UInt8(ascii: " ") }
                .prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: ",") }
            guard let time = DecimalSeconds.parse(value), abs(time) <= Self.longest else {
                return nil
            }
            return time
        }
        if let time = seconds(after: "#[StartTime:") {
            startTime = time
        } else if let time = seconds(after: "#[BaseTime:") {
            baseTime = time
        } else if let onRemark, text.starts(with: "#[".utf8), text.count < 400 {
            onRemark(String(decoding: text.dropFirst(), as: UTF8.self))
        }
    }

    private func readInterval(
        _ text: Slice<UnsafeRawBufferPointer>
    ) throws(IntervalLogError) -> Interval {
        let comma = UInt8(ascii: ",")
        var rest = text
        func column(_ name: String) throws(IntervalLogError) -> Slice<UnsafeRawBufferPointer> {
            guard let end = rest.firstIndex(of: comma) else {
                throw malformed(name, rest)
            }
            defer { rest = rest[(end + 1)...] }
            return rest[..<end]
        }
        func seconds(_ name: String) throws(IntervalLogError) -> Duration {
            let text = try column(name)
            guard let value = DecimalSeconds.parse(text), abs(value) <= Self.longest else {
                throw malformed(name, text)
            }
            return value
        }
        var tag: String?
        if rest.starts(with: "Tag=".utf8) {
            tag = known(try column("tag").dropFirst(4))
        }
        let stamp = try seconds("start")
        let length = try seconds("length")
        let maximum = try column("maximum")
        guard DecimalSeconds.parse(maximum) != nil else { throw malformed("maximum", maximum) }
        guard !rest.isEmpty, length >= .zero else {
            throw rest.isEmpty ? malformed("histogram", rest) : malformed("length", text)
        }
        return Interval(
            tag: tag,
            start: offset(of: stamp),
            length: length,
            place: (path, line),
            payload: Array(rest),
            decoder: decoder
        )
    }

    /// Returns the text of a tag, as a terminal may show it.
    private func known(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        if let tag = tags.first(where: { $0.bytes.elementsEqual(bytes) }) { return tag.text }
        let text = printable(String(decoding: bytes, as: UTF8.self), limit: 100)
        if tags.count < 16 { tags.append((Array(bytes), text)) }
        return text
    }

    /// Returns a time stamp's distance from the log's start.
    private func offset(of stamp: Duration) -> Duration {
        let start = startTime ?? stamp
        startTime = start
        if let baseTime { return stamp + baseTime - start }
        // Java's rule, and its year
        let base = stamp < start - .seconds(365 * 24 * 3_600) ? start : .zero
        baseTime = base
        return stamp + base - start
    }

    private func malformed(
        _ column: String,
        _ found: Slice<UnsafeRawBufferPointer>
    ) -> IntervalLogError {
        let text = printable(String(decoding: found.prefix(40), as: UTF8.self))
        return IntervalLogError(
            reason: .malformed(column: column, found: text),
            file: path,
            line: line
        )
    }
}
