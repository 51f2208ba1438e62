/// The time that a log covers, counted from its start.
public struct Span: Sendable, Hashable, CustomStringConvertible {
    /// Where its first interval starts.
    public let start: Duration
    /// Where its last interval ends.
    public let end: Duration

    /// How long it is.
    public var length: Duration { end - start }

    /// `5 s to 65 s`.
    public var description: String { "\(start.inSeconds) to \(end.inSeconds)" }
}
