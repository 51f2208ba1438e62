/// Reads encoded histograms, with buffers that are used again and again.
///
/// One decoder serves one task; it is not for two at once.
final class HistogramDecoder {
    /// A header, and nine bytes for each of the most counts that a layout has, with five digits.
    private static let limit = 40 + 9 * (47 << 17)

    private let inflater = Inflater()
    private var bytes: [UInt8] = []

    /// Calls `body` with the payload that `encoded` holds, in a zlib stream or plainly.
    func read<Result>(
        _ encoded: UnsafeRawBufferPointer,
        _ body: (Payload) throws(HistogramError) -> Result
    ) throws(HistogramError) -> Result {
        let cookie = try encoded.uint32(at: 0)
        guard Cookie.isWrapper(cookie) else { return try body(Payload(encoded)) }
        let length = Int(try encoded.uint32(at: 4))
        guard encoded.count >= 8 + length else {
            throw .truncated(bytes: encoded.count, needed: 8 + length)
        }
        let stream = UnsafeRawBufferPointer(rebasing: encoded[8..<8 + length])
        return try inflater.inflate(stream, limit: Self.limit) { payload throws(HistogramError) in
            try body(Payload(payload))
        }
    }

    /// Calls `body` with the payload that the Base64 digits `text` hold.
    func read<Result>(
        base64 text: UnsafeRawBufferPointer,
        _ body: (Payload) throws(HistogramError) -> Result
    ) throws(HistogramError) -> Result {
        bytes.removeAll(keepingCapacity: true)
        try Base64.decode(text, into: &bytes)
        return try bytes.withTypedBytes { encoded throws(HistogramError) in
            try read(encoded, body)
        }
    }
}

extension Histogram {
    /// Makes the histogram that `bytes` hold: V0, V1 or V2, in a zlib stream or plainly.
    ///
    /// - Throws: ``HistogramError`` for an unknown encoding, and for bytes that are damaged or cut
    ///   short. Java's histograms of doubles are an unknown encoding here.
    public init(decoding bytes: [UInt8]) throws(HistogramError) {
        self = try bytes.withTypedBytes { encoded throws(HistogramError) in
            try HistogramDecoder().read(encoded) { payload throws(HistogramError) in
                try Histogram(payload)
            }
        }
    }

    init(_ payload: Payload) throws(HistogramError) {
        self.init(layout: payload.layout, resizes: false)
        try add(payload)
    }

    /// Adds all counts of an encoded histogram without making it; an error may leave a part added.
    mutating func add(_ payload: Payload) throws(HistogramError) {
        guard layout.hasSameBuckets(as: payload.layout), layout.length >= payload.layout.length
        else {
            try add(Histogram(payload))
            return
        }
        let sum = try counts.withUnsafeMutableBufferPointer { counts throws(HistogramError) in
            try payload.add(to: counts)
        }
        try noteAdded(sum.total, from: sum.first, to: sum.last)
    }
}

extension [UInt8] {
    /// `withUnsafeBytes` with typed throws.
    fileprivate func withTypedBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws(HistogramError) -> Result
    ) throws(HistogramError) -> Result {
        try withUnsafeBufferPointer { bytes throws(HistogramError) in
            try body(UnsafeRawBufferPointer(bytes))
        }
    }
}
