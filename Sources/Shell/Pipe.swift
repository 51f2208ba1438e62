private import CSpawn
import Glibc
internal import Posix
import Synchronization

private let readSome = Glibc.read
private let writeSome = Glibc.write

/// A pipe, close-on-exec at both ends, which are closed at the latest with the last reference.
final class Pipe: Sendable {
    private let ends: Mutex<(reader: Int32, writer: Int32)>

    init() throws(SystemError) {
        var pair: [Int32] = [-1, -1]
        guard pipe2(&pair, O_CLOEXEC) == 0 else { throw SystemError() }
        ends = Mutex((pair[0], pair[1]))
    }

    deinit {
        closeReader()
        closeWriter()
    }

    /// The end to read from; -1 when closed.
    var reader: Int32 { ends.withLock { $0.reader } }
    /// The end to write to; -1 when closed.
    var writer: Int32 { ends.withLock { $0.writer } }

    func closeReader() {
        ends.withLock { ends in
            if ends.reader >= 0 { close(ends.reader) }
            ends.reader = -1
        }
    }

    func closeWriter() {
        ends.withLock { ends in
            if ends.writer >= 0 { close(ends.writer) }
            ends.writer = -1
        }
    }

    func makeReaderNonBlocking() { Self.makeNonBlocking(reader) }

    func makeWriterNonBlocking() { Self.makeNonBlocking(writer) }

    /// Writes one byte; for waking up, from any thread.
    func write(_ byte: UInt8) {
        ends.withLock { ends in
            var byte = byte
            _ = writeSome(ends.writer, &byte, 1)
        }
    }

    /// Reads what is there now, up to 1 MiB and a little, and says whether the other end is closed.
    ///
    /// No pipe holds more, so that this is all that was written before; somebody who goes on writing is not
    /// waited for.
    func readAvailable() -> (bytes: [UInt8], ended: Bool) {
        let file = reader
        guard file >= 0 else { return ([], true) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = readSome(file, &chunk, chunk.count)
            if count > 0 {
                bytes += chunk[..<count]
                if bytes.count > 1 << 20 { return (bytes, false) }
            } else if count == 0 {
                return (bytes, true)
            } else if errno != EINTR {
                return (bytes, errno != EAGAIN)
            }
        }
    }

    /// Writes as much as fits now; `failed` if nobody will ever read it.
    func writeAvailable(_ bytes: ArraySlice<UInt8>) -> (count: Int, failed: Bool) {
        let file = writer
        guard file >= 0 else { return (0, true) }
        let count = bytes.withUnsafeBytes { writeSome(file, $0.baseAddress, $0.count) }
        if count >= 0 { return (count, false) }
        return (0, errno != EAGAIN && errno != EINTR)
    }

    private static func makeNonBlocking(_ file: Int32) {
        guard file >= 0 else { return }
        _ = fcntl(file, F_SETFL, fcntl(file, F_GETFL) | O_NONBLOCK)
    }
}
