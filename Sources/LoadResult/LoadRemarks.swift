/// What a log of `bench load` says beside its intervals: in its head what must be in them, and in
/// its last line how the load ended.
package struct LoadRemarks: Sendable, Hashable {
    /// By which time the log puts requests into intervals.
    package private(set) var recording = Recording.answered
    /// What must be in the intervals; `nil` if the log does not say.
    package private(set) var schedule: LoggedSchedule?
    /// How the load ended; `nil` for other tools and before that line.
    package private(set) var ending: LoadResult.Ending?
    /// What came of it, from the same line.
    package private(set) var totals: Totals?

    /// The counts of a log's last line.
    package struct Totals: Sendable, Hashable {
        package var requests = 0
        package var errors = 0
        package var missing = 0
    }

    /// Knows nothing yet: the log of some tool.
    package init() {}

    /// Takes note of a remark, without its `#`; others than those of `bench load` are passed over.
    package mutating func note(_ remark: String) {
        if remark.hasPrefix(Self.complete) { ending = .complete }
        if remark.hasPrefix(Self.stopped) { ending = .stopped }
        if remark.hasPrefix(Self.complete) || remark.hasPrefix(Self.stopped) {
            totals = Totals(remark)
        }
        if remark == LoggedSchedule.dueMarker { recording = .due }
        if remark == LoggedSchedule.sentMarker { recording = .sent }
        schedule = LoggedSchedule(comment: remark) ?? schedule
    }

    /// The last line of a log, without its `#`.
    package static func lastWord(
        _ ending: LoadResult.Ending,
        requests: Int,
        errors: Int,
        missing: Int
    ) -> String {
        (ending == .complete ? complete : stopped)
            + " requests=\(requests) errors=\(errors) missing=\(missing)]"
    }

    private static let complete = "[Complete:"
    private static let stopped = "[Stopped:"
}

extension LoadRemarks.Totals {
    /// Reads ``LoadRemarks/lastWord(_:requests:errors:missing:)``; what is no number is 0.
    fileprivate init(_ remark: String) {
        func count(_ name: String) -> Int {
            remark.split(whereSeparator: { " []".contains($0) })
                .first { $0.hasPrefix("\(name)=") }
                .flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
        }
        self.init(
            requests: count("requests"),
            errors: count("errors"),
            missing: count("missing")
        )
    }
}
