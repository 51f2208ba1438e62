private import Glibc
internal import JSON
internal import OpenLoop

extension Window {
    /// `{"from_ns": …, "to_ns": …}`, with `null` for the end of the log.
    var json: JSON {
        [
            "from_ns": .integer(from.clampedNanoseconds),
            "to_ns": to.map { .integer($0.clampedNanoseconds) } ?? .null,
        ]
    }

    /// Returns the window that the `summary.json` of a trial keeps; `nil` if there is none.
    ///
    /// - Throws: ``SummaryError`` if that file cannot be read, or is no JSON.
    package static func kept(in trial: String) throws(SummaryError) -> Window? {
        let path = "\(trial)/summary.json"
        guard access(path, F_OK) == 0 else { return nil }
        let window = try JSON(file: path)["window"]
        guard let from = window?["from_ns"]?.wholeNumber, from >= 0 else { return nil }
        let to = window?["to_ns"]?.wholeNumber
        guard to.map({ $0 > from }) ?? true else { return nil }
        return Window(from: .nanoseconds(from), to: to.map { .nanoseconds($0) })
    }
}
