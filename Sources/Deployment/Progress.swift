import Foundation
import Synchronization
import Usage

/// What a person sees of long steps: a live line with the elapsed time, or plain lines in a log.
///
/// All of it goes to standard error; results go to standard output.
public struct Progress: Sendable {
    /// A note within a step, such as a percentage; shown behind the step's name.
    public final class Note: Sendable {
        private let value = Mutex("")
        /// Replaces the note.
        public func show(_ text: String) { value.withLock { $0 = text } }
        var text: String { value.withLock { $0 } }
    }

    /// Whether a question stands on the terminal, which no live line may overwrite.
    private final class Hold: Sendable {
        let isOn = Mutex(false)
    }

    private let hold = Hold()
    private let isTerminal: Bool
    private let columns: @Sendable () -> Int
    private let write: @Sendable (String) -> Void

    /// Makes a progress that writes to standard error.
    public init() {
        self.init(isTerminal: isatty(FileHandle.standardError.fileDescriptor) == 1) { text in
            FileHandle.standardError.write(Data(text.utf8))
        }
    }

    /// Makes a progress for tests, on a terminal of so many columns if it is one.
    init(
        isTerminal: Bool,
        columns: @escaping @Sendable () -> Int = { Self.terminalColumns },
        write: @escaping @Sendable (String) -> Void
    ) {
        self.isTerminal = isTerminal
        self.columns = columns
        self.write = write
    }

    /// Does `work` under a name, shows how long it takes, and says how it ended.
    @discardableResult
    public func step<Value: Sendable>(
        _ name: String,
        _ work: (Note) async throws -> Value
    ) async throws -> Value {
        if let run = DryRun.current { return try await run.step(name) { try await work(Note()) } }
        let clock = ContinuousClock()
        let start = clock.now
        let note = Note()
        do {
            let value = try await withTicker(name, note, since: start) { try await work(note) }
            say("✓", name, after: start.duration(to: clock.now), note: note.text)
            return value
        } catch {
            say("✗", name, after: start.duration(to: clock.now), note: note.text)
            throw error
        }
    }

    /// Keeps live lines off the terminal, or lets them come again; other lines are written all the same.
    func holdLiveLines(_ isOn: Bool) { hold.isOn.withLock { $0 = isOn } }

    /// Writes one line.
    public func say(_ line: String) {
        if let run = DryRun.current { return run.say(line) }
        write((isTerminal ? "\r\u{1B}[K" : "") + line.printable + "\n")
    }

    private func withTicker<Value: Sendable>(
        _ name: String,
        _ note: Note,
        since start: ContinuousClock.Instant,
        _ work: () async throws -> Value
    ) async throws -> Value {
        // Leaving this scope cancels the ticker and waits for it.
        async let _ = tick(name, note, since: start)
        return try await work()
    }

    @concurrent
    private func tick(
        _ name: String,
        _ note: Note,
        since start: ContinuousClock.Instant
    ) async {
        let interval: Duration = isTerminal ? .milliseconds(200) : .seconds(10)
        while (try? await Task.sleep(for: interval)) != nil {  // it throws only when cancelled
            if isTerminal, hold.isOn.withLock({ $0 }) { continue }
            let elapsed = Self.seconds(start.duration(to: .now))
            let line = ("\(name) \(elapsed)" + (note.text.isEmpty ? "" : "  \(note.text)"))
                .printable
            // A line that wraps would not be overwritten by the next one.
            let shown = line.prefix(max(columns() - 3, 20))
            write(isTerminal ? "\r\u{1B}[K… \(shown)" : "… \(line)\n")
        }
    }

    /// Says how a step ended, on a terminal in one line: of a long name its beginning.
    private func say(_ mark: String, _ name: String, after elapsed: Duration, note: String) {
        let result = Self.seconds(elapsed) + (note.isEmpty ? "" : "  \(note)")
        let room = isTerminal ? max(columns() - result.count - 4, 20) : Int.max
        let shown = name.count > room ? name.prefix(room - 1) + "…" : name
        say("\(mark) \(shown) \(result)")
    }

    /// The terminal's width now; 80 if it does not say.
    private static var terminalColumns: Int {
        var size = winsize()
        let isKnown = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return isKnown ? Int(size.ws_col) : 80
    }

    private static func seconds(_ elapsed: Duration) -> String {
        elapsed.formatted(
            .units(allowed: [.minutes, .seconds], width: .narrow, fractionalPart: .show(length: 1))
        )
    }
}
