import Dispatch
import Glibc
import Synchronization

/// What a person sees: results on standard output, the rest on standard error.
///
/// On a terminal one live line says what is going on and for how long; elsewhere a line does now and
/// then, so that a step of minutes is not taken for one that hangs.
final class Console: Sendable {
    private struct Live {
        var text: String?
        var start = ContinuousClock.now
        var timer: (any DispatchSourceTimer)?
    }

    /// Whether standard error is a terminal that can redraw a line.
    let isTerminal: Bool
    private let live = Mutex(Live())
    private let strikeout = Mutex(Strikeout())
    /// After how long it is said again what is going on.
    private let interval: DispatchTimeInterval
    private let write: @Sendable (_ text: String, _ file: Int32) -> Void

    convenience init() {
        let terminal = getenv("TERM").map { String(cString: $0) } ?? "dumb"
        let isTerminal = isatty(2) == 1 && terminal != "dumb"
        self.init(
            isTerminal: isTerminal,
            interval: isTerminal ? .milliseconds(100) : .seconds(10),
            write: Self.write
        )
    }

    /// Makes a console for tests.
    init(
        isTerminal: Bool,
        interval: DispatchTimeInterval,
        write: @escaping @Sendable (_ text: String, _ file: Int32) -> Void
    ) {
        self.isTerminal = isTerminal
        self.interval = interval
        self.write = write
    }

    /// Shows none of these from now on: the secrets of a config, wherever a line may have them from.
    func hide(_ secrets: [String]) { strikeout.withLock { $0.add(secrets) } }

    private func redacted(_ text: String) -> String { strikeout.withLock { $0 }.redact(text) }

    /// Writes a line of the result to standard output.
    func print(_ line: String) {
        live.withLock { live in
            erase(live)
            write(Self.shown(redacted(line)) + "\n", 1)
            draw(live)
        }
    }

    /// Writes text that has its own line ends to standard output.
    func write(_ text: String) {
        live.withLock { live in
            erase(live)
            write(Self.shown(redacted(text)), 1)
            draw(live)
        }
    }

    /// Writes a line about the work to standard error.
    func say(_ line: String) {
        live.withLock { live in
            erase(live)
            write(Self.shown(redacted(line)) + "\n", 2)
            draw(live)
        }
    }

    /// Writes a question to standard error; the answer comes behind it.
    func prompt(_ text: String) {
        live.withLock { live in
            erase(live)
            write(Self.shown(redacted(text)), 2)
        }
    }

    /// Returns text without what a terminal would obey; lines and tabs stay.
    ///
    /// It may come from tags, from a template's outputs or from a node.
    static func shown(_ text: String) -> String {
        text.replacing("\r\n", with: "\n").replacing("\r", with: "")
            .cleaned(keeping: ["\n", "\t"])
    }

    /// Returns text as the live line may hold it.
    static func shownOnOneLine(_ text: String) -> String {
        shown(text).replacing("\n", with: " ")
    }

    /// Begins a step: the live line on a terminal, a plain line elsewhere.
    func begin(_ text: String) {
        if !isTerminal { say(text) }
        show(text, restart: true)
    }

    /// Changes what the live line says, or the next line about what is going on.
    func update(_ text: String) { show(text, restart: false) }

    /// Removes the live line.
    func end() {
        live.withLock { live in
            erase(live)
            live.timer?.cancel()
            live.timer = nil
            live.text = nil
        }
    }

    private func show(_ text: String, restart: Bool) {
        live.withLock { live in
            live.text = Self.shownOnOneLine(redacted(text))
            if restart {
                live.start = .now
                live.timer?.cancel()
                live.timer = nil
            }
            if live.timer == nil {
                let timer = DispatchSource.makeTimerSource(queue: .global())
                timer.setEventHandler { [weak self] in self?.redraw() }
                timer.schedule(deadline: .now() + interval, repeating: interval)
                timer.activate()
                live.timer = timer
            }
            draw(live)
        }
    }

    private func redraw() {
        live.withLock { live in
            guard !isTerminal, let text = live.text else { return draw(live) }
            write("… \((ContinuousClock.now - live.start).seconds)  \(text)\n", 2)
        }
    }

    private func erase(_ live: Live) {
        if isTerminal, live.text != nil { write("\r\u{1B}[K", 2) }
    }

    private func draw(_ live: Live) {
        guard isTerminal, let text = live.text else { return }
        var size = winsize()
        let isKnown = ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20
        let line = "\((ContinuousClock.now - live.start).seconds)  \(text)"
        let width = isKnown ? Int(size.ws_col) - 1 : 79
        write("\r\u{1B}[K" + line.prefix(width), 2)
    }

    private static func write(_ text: String, to file: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            // A reader that has gone away misses the rest.
            if count < 0, errno != EINTR { return }
            rest = rest.dropFirst(max(count, 0))
        }
    }
}
