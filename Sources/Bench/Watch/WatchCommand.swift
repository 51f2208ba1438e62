private import Glibc
internal import Histogram
internal import Posix
internal import Usage

extension Subcommand {
    /// `bench watch`: a stress while it runs, or once it begins.
    public static let watch = Subcommand(watchUsage) { arguments in
        let name = arguments.operand("NAME")
        let lock = ScriptLock(of: name)
        let stresses = try await LiveStress.begun(
            of: name,
            lock: lock,
            waits: !arguments.flag("once"),
            say: { complain("bench watch: \($0)") }
        )
        var viewer = try Viewer(stresses, isTerminal: isatty(STDOUT_FILENO) == 1)
        while stresses.contains(where: \.isRunning) {
            let isFollowed = lock.follows(
                stresses.flatMap(\.logs),
                now: .nanoseconds(SystemClock.wall)
            )
            // who lets go of the lock has removed its logs before
            guard stresses.contains(where: \.isRunning) else { break }
            viewer.left = isFollowed ? nil : lock.deployment
            try viewer.advance()
            if arguments.flag("once") {
                print(viewer.text, terminator: "")
                return isFollowed ? 0 : 1
            }
            viewer.show()
            guard isFollowed else { return 1 }
            // half of the time in which a new second comes
            try await Task.sleep(for: .milliseconds(500))
        }
        print("the stress has ended")
        return 0
    }

    private static let watchUsage = Usage(
        "bench watch",
        summary: "show a stress while it runs: rate, percentiles, errors and each loader",
        example: "bench watch demo",
        operands: [
            Usage.Operand("NAME", "the deployment that is loaded, or the directory of a trial")
        ],
        options: [Usage.Option("once", "show it once, as it is now, and end")]
    )
}

/// What `bench watch` shows, again and again.
private struct Viewer {
    /// The deployment whose load no script follows any more; `nil` while one does.
    var left: String?

    private let stresses: [(name: String, feeds: [LoaderFeed])]
    private let logs: [String]
    private let isTerminal: Bool
    private var shown: [String] = []
    private var lasts: [Int?] = []
    private var changed = SystemClock.now

    init(_ stresses: [LiveStress], isTerminal: Bool) throws(IntervalLogError) {
        var opened: [(name: String, feeds: [LoaderFeed])] = []
        for stress in stresses {
            var feeds: [LoaderFeed] = []
            for log in stress.logs { feeds.append(try LoaderFeed(path: log)) }
            opened.append((stress.name, feeds))
        }
        self.stresses = opened
        logs = stresses.flatMap(\.logs)
        self.isTerminal = isTerminal
    }

    /// Reads what has come.
    ///
    /// - Throws: ``WatchError/silent(_:seconds:)``, and what ``LoaderFeed/advance()`` throws.
    mutating func advance() throws {
        for feed in stresses.flatMap(\.feeds) { try feed.advance() }
        let now = stresses.flatMap(\.feeds).map(\.last)
        if now != lasts { changed = SystemClock.now }
        lasts = now
        let silent = Int((SystemClock.now - changed) / 1_000_000_000)
        guard Duration.seconds(silent) <= ScriptLock.mostSilent else {
            throw WatchError.silent(stresses.map(\.name).joined(separator: ", "), seconds: silent)
        }
    }

    private var watches: [Watch] {
        let now = Watch.time(.nanoseconds(SystemClock.wall), of: logs)
        return stresses.map { Watch(stress: $0.name, loaders: $0.feeds, now: now, left: left) }
    }

    /// All tables.
    var text: String { watches.map(\.description).joined(separator: "\n") }

    /// Draws the tables anew on a terminal; elsewhere writes a line for each new second.
    mutating func show() {
        guard !isTerminal else {
            print("\u{1B}[H\u{1B}[J\(text)", terminator: "")
            fflush(nil)
            return
        }
        let seconds = watches.map { "\($0.stress) \($0.second.map { "\($0)" } ?? "")" }
        guard seconds != shown || left != nil else { return }
        shown = seconds
        for watch in watches { print(watch.line) }
        fflush(nil)
    }
}
