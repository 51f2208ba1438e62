/// By which of a request's times the log of a load tool puts it into an interval.
package enum Recording: Sendable, Hashable {
    /// When it was due: `bench load` with a rate.
    case due
    /// When it was sent: `bench load --rate max`.
    case sent
    /// When it was answered: any other tool, as far as is known.
    case answered
}
