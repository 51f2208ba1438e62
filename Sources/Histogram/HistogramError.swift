/// A histogram that cannot be made, a value that it cannot hold, or bytes that are no histogram.
public enum HistogramError: Error, Hashable {
    /// The lowest discernible value is below 1.
    case lowestDiscernible(Int64)
    /// The highest trackable value is below twice the lowest discernible one.
    case highestTrackable(Int64, lowestDiscernible: Int64)
    /// The number of significant digits is not in 0…5.
    case significantDigits(Int)
    /// So many digits of values this large do not fit into 63 bits.
    case tooPrecise(significantDigits: Int, lowestDiscernible: Int64)
    /// The value is negative or above what the histogram covers.
    case valueOutOfRange(Int64, highest: Int64)
    /// The count to record is negative.
    case negativeCount(Int64)
    /// The sum of all counts exceeds 63 bits.
    case countOverflow
    /// The first four bytes name no encoding that is known here.
    case unknownEncoding(cookie: UInt32)
    /// The bytes end too early, `needed` bytes from the start being the least that must be there.
    case truncated(bytes: Int, needed: Int)
    /// The counts do not fit the geometry that the header names, or are negative.
    case malformedCounts(index: Int)
    /// The compressed part is no zlib stream, is cut short, or holds more than any histogram.
    case notCompressed
    /// The text is not Base64; the offset counts bytes from 0.
    case notBase64(offset: Int)
}

extension HistogramError: CustomStringConvertible {
    /// What is wrong, the value found, and the remedy.
    public var description: String {
        switch self {
        case .lowestDiscernible(let value):
            "lowest discernible value \"\(value)\" is below 1"
        case .highestTrackable(let value, let lowest):
            "highest trackable value \"\(value)\" is below \(2 * UInt64(clamping: lowest)), "
                + "twice the lowest discernible"
        case .significantDigits(let digits):
            "significant digits \"\(digits)\" are not in 0…5"
        case .tooPrecise(let digits, let lowest):
            "\(digits) digits of values from \(lowest) exceed 63 bits; take fewer digits"
        case .valueOutOfRange(let value, let highest):
            "value \"\(value)\" is not in 0…\(highest); make the histogram with a larger range"
        case .negativeCount(let count):
            "count \"\(count)\" is negative"
        case .countOverflow:
            "the total count exceeds 63 bits"
        case .unknownEncoding(let cookie):
            "unknown histogram encoding \"0x\(String(cookie, radix: 16))\" (V0, V1 and V2 are read)"
        case .truncated(let bytes, let needed):
            "histogram is cut short: \(bytes) bytes, at least \(needed) needed"
        case .malformedCounts(let index):
            "histogram's counts do not fit its header, at index \(index)"
        case .notCompressed:
            "histogram's compressed part is damaged"
        case .notBase64(let offset):
            "no Base64 digit at offset \(offset)"
        }
    }
}
