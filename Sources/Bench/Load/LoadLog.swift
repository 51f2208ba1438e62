private import Glibc

/// The interval log of a load on disk; each second is one write, so that a kill cuts no line.
final class LoadLog {
    private let path: String
    private let file: Int32
    private let writer: IntervalLogWriter
    private let tags: [(response: String, service: String, failed: String)]
    private let hasSchedule: Bool

    /// Creates the file (an older one is replaced) and writes its head.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - start: When the schedule starts, since 1970.
    ///   - operations: The kinds of request; their tags are `READ-rt`, `READ-st`, `READ-error`.
    ///   - hasSchedule: Whether response times mean anything; a closed loop has service times only.
    /// - Throws: ``LoadError/system(operation:code:)`` if the file cannot be made.
    init(
        path: String,
        start: Duration,
        operations: [String],
        hasSchedule: Bool
    ) throws(LoadError) {
        self.path = path
        self.hasSchedule = hasSchedule
        tags = operations.map { ("\($0)-rt", "\($0)-st", "\($0)-error") }
        writer = IntervalLogWriter(
            startTime: start,
            baseTime: start,
            comments: ["[Logged with bench load; values in nanoseconds]"]
        )
        file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .system(operation: path, code: errno) }
        try append(writer.header())
    }

    deinit { Glibc.close(file) }

    /// Adds one second: the tags of each kind of request that occurred so far in the load.
    func append(_ interval: LoadInterval, occurred: [Bool]) throws(LoadError) {
        var text = ""
        let start = Duration.nanoseconds(interval.start)
        let length = Duration.nanoseconds(interval.end - interval.start)
        func add(_ tag: String, _ histogram: Histogram) {
            text += writer.line(tag: tag, start: start, length: length, histogram: histogram)
        }
        for (index, series) in interval.series.enumerated() where occurred[index] {
            if hasSchedule { add(tags[index].response, series.response) }
            add(tags[index].service, series.service)
            if series.failed.count > 0 { add(tags[index].failed, series.failed) }
        }
        try append(text)
    }

    /// Adds the line that tells a whole log from a cut one; readers of the format ignore it.
    func close(_ counts: LoadCounts, isComplete: Bool) throws(LoadError) {
        let word = isComplete ? "Complete" : "Stopped"
        try append(
            "#[\(word): requests=\(counts.finished) errors=\(counts.errors) "
                + "missing=\(counts.missing)]\n"
        )
    }

    private func append(_ text: String) throws(LoadError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw .system(operation: path, code: errno)
            }
            rest = rest.dropFirst(count)
        }
    }
}
