import Foundation

/// What became of the requests of a stress, as each load tool says in the last line of its log.
///
/// The line is `#[Complete: requests=N errors=N missing=N]`; a log without it was cut short.
struct LoadCounts: Sendable, Hashable, CustomStringConvertible {
    /// Requests that were due, all of which were sent.
    var requests = 0
    /// Requests that failed or had no reply in time.
    var errors = 0
    /// Reads that found nothing under their key.
    var missing = 0

    /// Adds up the logs at these paths; those without the line count nothing.
    init(logs: [String]) throws {
        for path in logs {
            let data = try Data(contentsOf: URL(filePath: path))
            guard let counts = LoadCounts(log: data) else { continue }
            requests += counts.requests
            errors += counts.errors
            missing += counts.missing
        }
    }

    /// Reads the last line of a log; `nil` if it is not the tool's own end.
    init?(log: Data) {
        let last =
            String(decoding: log.suffix(1_024), as: UTF8.self)
            .split(separator: "\n").last ?? ""
        guard let words = last.wholeMatch(of: /#\[Complete: (.*)\]/)?.1 else { return nil }
        for word in words.split(separator: " ") {
            let parts = word.split(separator: "=")
            guard parts.count == 2, let number = Int(parts[1]) else { return nil }
            switch parts[0] {
            case "requests": requests = number
            case "errors": errors = number
            case "missing": missing = number
            default: break
            }
        }
    }

    /// Such as `600,000 requests, 0 errors, 3 reads of keys that are not there`.
    var description: String {
        let counts = "\(requests.formatted()) requests, \(errors.formatted()) errors"
        return counts
            + (missing > 0 ? ", \(missing.formatted()) reads of keys that are not there" : "")
    }
}
