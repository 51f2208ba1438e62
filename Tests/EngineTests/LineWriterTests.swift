import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Engine

@Suite("LineWriter", .timeLimit(.minutes(1)))
struct LineWriterTests {
    @Test(
        "a disk that takes nothing delays nobody: what may be lost is counted, and all else is there"
    )
    func slow() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        // Until it reads, no more than the pipe holds is written.
        let reader = open(path, O_RDONLY | O_NONBLOCK)
        let writer = try LineWriter(path: path)
        let line = String(repeating: "x", count: 9_999) + "\n"
        // 160 MB, of which 64 may wait, beside as much again that is being written.
        for _ in 0..<16_000 { writer.append(line, mayBeLost: true) }
        for number in 0..<10 { writer.append("must \(number)\n") }
        let lost = writer.lost
        #expect((3_000...9_700).contains(lost), "\(lost)")

        let text = Mutex([UInt8]())
        let drain = Thread {
            var room = [UInt8](repeating: 0, count: 1 << 20)
            _ = fcntl(reader, F_SETFL, 0)
            while case let count = read(reader, &room, room.count), count > 0 {
                text.withLock { $0 += room[..<count] }
            }
        }
        drain.start()
        try writer.close()
        try await ChildProcess.waitFor("the end of the pipe") { drain.isFinished }
        close(reader)
        // Compared by length and end: to cut 100 MB into lines takes a debug build a minute.
        let last = (0..<10).map { "must \($0)\n" }.joined()
        text.withLock { text in
            #expect(text.count == (16_000 - lost) * line.utf8.count + last.utf8.count)
            #expect(String(decoding: text.suffix(last.utf8.count), as: UTF8.self) == last)
        }
    }
}
