/// One line of an interval log: what was recorded between two times.
public struct Interval {
    /// Which of several series it belongs to; `nil` if the line has no tag.
    public let tag: String?
    /// When it starts, counted from the log's start.
    public let start: Duration
    /// How long it lasts.
    public let length: Duration
    /// The file, and the line counted from 1.
    let place: (file: String, line: Int)
    /// Base64 digits; decoded only when asked for, so that skipping an interval costs little.
    let payload: [UInt8]
    let decoder: HistogramDecoder

    /// When it ends, counted from the log's start.
    public var end: Duration { start + length }

    /// Returns what was recorded.
    ///
    /// - Throws: ``IntervalLogError`` with the line, if it cannot be decoded.
    public func histogram() throws(IntervalLogError) -> Histogram {
        try read { payload throws(HistogramError) in try Histogram(payload) }
    }

    /// Returns the range and precision of what was recorded.
    package func layout() throws(IntervalLogError) -> BucketLayout {
        try read { payload throws(HistogramError) in payload.layout }
    }

    /// Adds what was recorded to `sum`, which begins with this interval's range if it is `nil`.
    package func add(to sum: inout Histogram?) throws(IntervalLogError) {
        try read { payload throws(HistogramError) in
            if sum == nil { sum = Histogram(layout: payload.layout, resizes: true) }
            try sum?.add(payload)
        }
    }

    private func read<Result>(
        _ body: (Payload) throws(HistogramError) -> Result
    ) throws(IntervalLogError) -> Result {
        do {
            return try payload.withUnsafeBufferPointer { text throws(HistogramError) in
                try decoder.read(base64: UnsafeRawBufferPointer(text), body)
            }
        } catch {
            throw IntervalLogError(reason: .histogram(error), file: place.file, line: place.line)
        }
    }
}
