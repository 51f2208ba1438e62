import Synchronization
import Testing

@testable import Deployment

@Suite("Progress")
struct ProgressTests {
    private final class Screen: Sendable {
        private let written = Mutex("")
        var text: String { written.withLock { $0 } }
        func write(_ text: String) { written.withLock { $0 += text } }
    }

    private struct Broken: Error {}

    /// Seconds differ from run to run.
    private func withoutTimes(_ text: String) -> String {
        text.replacing(/\d+\.\d+s/, with: "0.0s")
    }

    @Test("says in a log how each step ended, and what was noted of it")
    func plain() async throws {
        let screen = Screen()
        let progress = Progress(isTerminal: false, write: screen.write)
        try await progress.step("count keys") { $0.show("12 keys") }
        await #expect(throws: Broken.self) {
            try await progress.step("fail") { _ in throw Broken() }
        }
        #expect(withoutTimes(screen.text) == "✓ count keys 0.0s  12 keys\n✗ fail 0.0s\n")
    }

    @Test("overwrites its live line on a terminal with the step's end")
    func terminal() async throws {
        let screen = Screen()
        let progress = Progress(isTerminal: true, write: screen.write)
        try await progress.step("wait") { note in
            note.show("halfway")
            // Until the live line has been drawn once.
            while !screen.text.contains("… wait") { await Task.yield() }
        }
        let lines = withoutTimes(screen.text)
        #expect(lines.hasPrefix("\r\u{1B}[K… wait 0.0s  halfway"))
        #expect(lines.hasSuffix("\r\u{1B}[K✓ wait 0.0s  halfway\n"))
    }

    @Test("cuts long lines to the terminal's width, and leaves them whole in a log")
    func width() async throws {
        let name = "run " + String(repeating: "x", count: 60)
        for isTerminal in [true, false] {
            let screen = Screen()
            let progress = Progress(isTerminal: isTerminal, columns: { 40 }, write: screen.write)
            try await progress.step(name) { _ in
                guard isTerminal else { return }
                // Until the live line has been drawn once.
                while !screen.text.contains("… run") { await Task.yield() }
            }
            let lines = withoutTimes(screen.text).replacing("\r\u{1B}[K", with: "\n")
                .split(separator: "\n")
            if isTerminal {
                #expect(lines.allSatisfy { $0.count < 40 }, "\(lines)")
                #expect(lines.last?.hasSuffix("x… 0.0s") == true, "\(lines)")
            } else {
                #expect(lines == ["✓ \(name) 0.0s"])
            }
        }
    }
}
