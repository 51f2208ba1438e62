internal import Histogram
internal import Usage

/// What a call says of the window; a side that it leaves open is the trial's own.
struct AskedWindow: Sendable {
    private let from: Duration?
    private let to: Duration?
    private let usage: Usage

    /// Whether both sides are left open.
    var isOpen: Bool { from == nil && to == nil }

    /// Reads `--from` and `--to`, in seconds or with a unit.
    ///
    /// - Throws: ``UsageError`` if one is no time since the log's start, or if nothing is between them.
    init(_ arguments: Arguments, of usage: Usage) throws(UsageError) {
        func seconds(_ option: String) throws(UsageError) -> Duration? {
            guard let text = arguments.value(option) else { return nil }
            guard let value = Self.time(text) else {
                throw UsageError(
                    "--\(option) must be a time such as 5, 5s or 500ms, not \"\(text)\"",
                    usage: usage
                )
            }
            guard value >= .zero else {
                throw UsageError(
                    "--\(option) \"\(text)\" is before the start of the log, which is at 0 s",
                    usage: usage
                )
            }
            return value
        }
        from = try seconds("from")
        to = try seconds("to")
        self.usage = usage
        if to != nil { _ = try within(nil) }
    }

    /// Reads `5`, `5s`, `500ms`, `2m` or `1h`, below 0 too; `nil` for anything else.
    private static func time(_ text: String) -> Duration? {
        // "ms" comes first, since it ends in "s" too
        let unit = ["ms", "s", "m", "h"].first { text.hasSuffix($0) } ?? ""
        guard let value = DecimalSeconds.parse(Array(text.dropLast(unit.count).utf8)),
            abs(value) < .seconds(1_000_000_000_000)
        else { return nil }
        return switch unit {
        case "ms": value / 1_000
        case "m": value * 60
        case "h": value * 3_600
        default: value
        }
    }

    /// Returns the window, whose open sides are those of `own`, or else the ends of the log.
    ///
    /// - Throws: ``UsageError`` if nothing lies in it.
    func within(_ own: Window?) throws(UsageError) -> Window {
        let (from, to) = (from ?? own?.from ?? .zero, to ?? own?.to)
        if let to, to <= from {
            let hint = own.map { "; the trial's own window is \($0)" } ?? ""
            throw UsageError(
                "nothing lies from \(from.inSeconds) to \(to.inSeconds)\(hint)",
                usage: usage
            )
        }
        return Window(from: from, to: to)
    }
}
