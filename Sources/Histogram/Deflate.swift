private import CDeflate

/// The one door to libdeflate: whole zlib streams in, whole buffers out.
enum Deflate {
    /// Returns `bytes` as a zlib stream, with a level from 1 (fast) to 12 (small).
    static func compress(_ bytes: [UInt8], level: Int) -> [UInt8] {
        precondition(1...12 ~= level, "libdeflate's levels are 1…12")
        guard let compressor = libdeflate_alloc_compressor(Int32(level)) else {
            preconditionFailure("no memory to compress")
        }
        defer { libdeflate_free_compressor(compressor) }
        let capacity = libdeflate_zlib_compress_bound(compressor, bytes.count)
        return [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
            count = libdeflate_zlib_compress(
                compressor,
                bytes,
                bytes.count,
                target.baseAddress,
                target.count
            )
            // the buffer is as large as libdeflate asked for
            precondition(count > 0, "libdeflate cannot compress")
        }
    }
}

/// A decompressor that is used again and again, with the buffer that it fills.
final class Inflater {
    private let decompressor: OpaquePointer
    private var target = [UInt8](repeating: 0, count: 1 << 14)

    init() {
        guard let decompressor = libdeflate_alloc_decompressor() else {
            preconditionFailure("no memory to decompress")
        }
        self.decompressor = decompressor
    }

    deinit { libdeflate_free_decompressor(decompressor) }

    /// Calls `body` with what the zlib stream `source` holds; what follows its end is ignored.
    ///
    /// A stream does not say how long its contents are, and libdeflate cannot go on where a buffer was
    /// too short: it begins again with one of twice the size. The buffer is kept, so that this happens
    /// a few times for each log at most.
    ///
    /// - Throws: ``HistogramError/notCompressed`` for a damaged or incomplete stream, or one that holds
    ///   more than `limit` bytes, and what `body` throws.
    func inflate<Result>(
        _ source: UnsafeRawBufferPointer,
        limit: Int,
        _ body: (UnsafeRawBufferPointer) throws(HistogramError) -> Result
    ) throws(HistogramError) -> Result {
        var length = 0
        while true {
            let result = target.withUnsafeMutableBytes { buffer in
                libdeflate_zlib_decompress_ex(
                    decompressor,
                    source.baseAddress,
                    source.count,
                    buffer.baseAddress,
                    min(buffer.count, limit),
                    nil,
                    &length
                )
            }
            if result == LIBDEFLATE_SUCCESS { break }
            guard result == LIBDEFLATE_INSUFFICIENT_SPACE, target.count < limit else {
                throw .notCompressed
            }
            // what is in the old one is of no use
            target = [UInt8](repeating: 0, count: min(limit, 2 * target.count))
        }
        return try target.withUnsafeBufferPointer { bytes throws(HistogramError) in
            try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[..<length])))
        }
    }
}
