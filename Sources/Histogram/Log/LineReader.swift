private import Glibc
package import Posix

/// Reads a file line by line through one buffer, whatever its length.
package final class LineReader {
    /// A longer line, in bytes, is none of ours: an interval's histogram has some hundred thousand.
    package static let longest = 32 << 20

    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)
    /// The part of the buffer that is read but not consumed.
    private var start = 0
    private var end = 0
    private var isAtEnd = false
    /// Whether more may come behind the end: what has no line end yet is then left for the next call.
    package var follows = false

    /// Opens a regular file for reading; throws the system's error text.
    package init(path: String) throws(SystemError) {
        descriptor = try RegularFile.open(path)
    }

    deinit { close(descriptor) }

    /// Calls `body` with the next line without its line end, and whether it had one.
    ///
    /// Returns `nil` behind the last line; of a file that is followed, behind the last whole one so far.
    package func next<Result>(
        _ body: (_ line: UnsafeRawBufferPointer, _ isComplete: Bool) -> Result
    ) throws(SystemError) -> Result? {
        var searched = start
        while true {
            if let lineFeed = indexOfLineFeed(from: searched) {
                defer { start = lineFeed + 1 }
                return buffer.withUnsafeBytes {
                    body(UnsafeRawBufferPointer(rebasing: $0[start..<lineFeed]), true)
                }
            }
            searched = end - start
            if isAtEnd, follows {
                isAtEnd = false
                return nil
            }
            guard !isAtEnd else { break }
            try fill()
        }
        guard start < end else { return nil }
        defer { start = end }
        return buffer.withUnsafeBytes {
            body(UnsafeRawBufferPointer(rebasing: $0[start..<end]), false)
        }
    }

    private func indexOfLineFeed(from index: Int) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard index < end, let base = bytes.baseAddress else { return nil }
            return memchr(base + index, 10, end - index).map {
                $0 - UnsafeMutableRawPointer(mutating: base)
            }
        }
    }

    /// Moves what is left to the front and reads more behind it; `start` is 0 afterwards.
    ///
    /// - Throws: Also for a line that is longer than ``longest``: a file of nothing but zeros takes no disk.
    private func fill() throws(SystemError) {
        if start > 0 {
            buffer.withUnsafeMutableBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                memmove(base, base + start, end - start)
            }
            end -= start
            start = 0
        }
        if end == buffer.count {
            guard end < Self.longest else {
                throw SystemError("a line is longer than \(Self.longest >> 20) MiB", code: EFBIG)
            }
            buffer += [UInt8](repeating: 0, count: buffer.count)
        }
        let count = buffer.withUnsafeMutableBytes { bytes in
            uninterrupted {
                read(descriptor, bytes.baseAddress.map { $0 + end }, bytes.count - end)
            }
        }
        guard count >= 0 else { throw SystemError() }
        end += count
        isAtEnd = count == 0
    }
}
