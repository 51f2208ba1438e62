/// The first four bytes of an encoded histogram: its format, and the width of its counts.
enum Cookie {
    /// A format of the payload.
    enum Format: UInt32 {
        case v0 = 0x1c84_9308
        case v1 = 0x1c84_9301
        case v2 = 0x1c84_9303
    }

    /// A format of the zlib stream around a payload.
    enum Wrapper: UInt32 {
        case v0 = 0x1c84_9309
        case v1 = 0x1c84_9302
        case v2 = 0x1c84_9304
    }

    private static let widthMask: UInt32 = 0xF0
    /// What Java sets in the bits of the width where the counts have none.
    private static let variableWidth: UInt32 = 0x10

    /// What the encoder writes before a payload.
    static let payload = Format.v2.rawValue | variableWidth
    /// What the encoder writes before a zlib stream.
    static let wrapper = Wrapper.v2.rawValue | variableWidth

    static func format(of cookie: UInt32) throws(HistogramError) -> Format {
        guard let format = Format(rawValue: cookie & ~widthMask) else {
            throw .unknownEncoding(cookie: cookie)
        }
        return format
    }

    static func isWrapper(_ cookie: UInt32) -> Bool {
        Wrapper(rawValue: cookie & ~widthMask) != nil
    }

    /// The bytes of each count of a V0 or V1 payload: 2, 4 or 8.
    static func countWidth(of cookie: UInt32) throws(HistogramError) -> Int {
        let width = Int(cookie & widthMask) >> 4 & 0xE
        guard [2, 4, 8].contains(width) else { throw .unknownEncoding(cookie: cookie) }
        return width
    }
}
