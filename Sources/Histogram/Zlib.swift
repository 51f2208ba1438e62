private import CZlib

/// The one door to zlib: whole buffers in, whole buffers out.
enum Zlib {
    /// Returns `bytes` as a zlib stream, with a level from 1 (fast) to 9 (small).
    static func compress(_ bytes: [UInt8], level: Int) -> [UInt8] {
        precondition(1...9 ~= level, "zlib's levels are 1…9")
        let capacity = compressBound(uLong(bytes.count))
        return [UInt8](unsafeUninitializedCapacity: Int(capacity)) { target, count in
            var length = capacity
            let code = compress2(
                target.baseAddress,
                &length,
                bytes,
                uLong(bytes.count),
                Int32(level)
            )
            // the buffer is as large as zlib asked for, so that only memory can be short
            precondition(code == Z_OK, "zlib cannot compress: code \(code)")
            count = Int(length)
        }
    }
}

/// A zlib decompressor that is used again and again: making its window anew costs more than most
/// histograms.
final class Inflater {
    private var stream = z_stream()
    private var target: [UInt8] = []

    init() {
        let code = inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "zlib cannot start: code \(code)")
    }

    deinit { inflateEnd(&stream) }

    /// Calls `body` with what the zlib stream `source` holds; what follows its end is ignored.
    ///
    /// - Throws: ``HistogramError/notCompressed(zlibCode:)`` for a damaged or incomplete stream, or
    ///   one that holds more than `limit` bytes, and what `body` throws.
    func inflate<Result>(
        _ source: UnsafeRawBufferPointer,
        limit: Int,
        _ body: (UnsafeRawBufferPointer) throws(HistogramError) -> Result
    ) throws(HistogramError) -> Result {
        inflateReset(&stream)
        stream.next_in = UnsafeMutablePointer(
            mutating: source.assumingMemoryBound(to: UInt8.self).baseAddress
        )
        stream.avail_in = uInt(clamping: source.count)
        var length = 0
        while true {
            if length == target.count {
                guard length < limit else { throw .notCompressed(zlibCode: Z_BUF_ERROR) }
                target += [UInt8](
                    repeating: 0,
                    count: min(limit, max(1 << 14, length * 2)) - length
                )
            }
            let code = target.withUnsafeMutableBufferPointer { buffer in
                stream.next_out = buffer.baseAddress.map { $0 + length }
                stream.avail_out = uInt(clamping: buffer.count - length)
                let code = CZlib.inflate(&stream, Z_NO_FLUSH)
                length = buffer.count - Int(stream.avail_out)
                return code
            }
            if code == Z_STREAM_END { break }
            guard code == Z_OK, stream.avail_in > 0 || stream.avail_out == 0 else {
                throw .notCompressed(zlibCode: code == Z_OK ? Z_BUF_ERROR : code)
            }
        }
        return try target.withUnsafeBufferPointer { bytes throws(HistogramError) in
            try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[..<length])))
        }
    }
}
