import FoundationEssentials
import Glibc

/// A time of the calendar, in whole seconds, as the files and messages show it.
struct Moment: Sendable, Hashable {
    let date: Date

    /// Now, cut to a whole second.
    static var now: Moment {
        Moment(date: Date(timeIntervalSince1970: Double(time(nil))))
    }

    /// As in `2026-11-20T23:59:59Z`.
    var text: String { date.formatted(.iso8601) }

    /// As in `2026-11-20T23-59-59Z`, which every file system takes.
    var fileName: String { String(text.map { $0 == ":" ? "-" : $0 }) }

    /// How long ago it was, as in `3 h 5 min`, `5 min` or `12 s`; at least 0 s.
    func age(at now: Moment = .now) -> String {
        let seconds = max(0, Int(now.date.timeIntervalSince(date)))
        return switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3_600: "\(seconds / 60) min"
        case ..<86_400: "\(seconds / 3_600) h \(seconds / 60 % 60) min"
        default: "\(seconds / 86_400) d \(seconds / 3_600 % 24) h"
        }
    }
}
