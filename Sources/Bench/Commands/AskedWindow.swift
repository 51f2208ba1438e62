internal import Histogram
internal import Usage

/// What a call says of the window; a side that it leaves open is the trial's own.
struct AskedWindow: Sendable {
    private let from: Duration?
    private let to: Duration?
    private let usage: Usage

    /// Whether both sides are left open.
    var isOpen: Bool { from == nil && to == nil }

    /// Reads `--from` and `--to`, in seconds.
    ///
    /// - Throws: ``UsageError`` if one is no number of seconds, or if nothing is between them.
    init(_ arguments: Arguments, of usage: Usage) throws(UsageError) {
        func seconds(_ option: String) throws(UsageError) -> Duration? {
            guard let text = arguments.value(option) else { return nil }
            guard let value = DecimalSeconds.parse(Array(text.utf8)), value >= .zero else {
                throw UsageError("--\(option) is no number of seconds: \"\(text)\"", usage: usage)
            }
            return value
        }
        from = try seconds("from")
        to = try seconds("to")
        self.usage = usage
        if to != nil { _ = try within(nil) }
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
