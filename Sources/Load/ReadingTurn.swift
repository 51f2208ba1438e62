/// Which of the sockets that are ready a turn of a loop reads from, and when it leaves the others to the next.
///
/// A server that sends without end would otherwise decide how long a turn takes, and with it how many requests
/// go out. What is left is still ready in the next turn, which begins with it.
struct ReadingTurn {
    /// So long after the first reading no other is begun: what ``CatchUp`` allows in a millisecond is more than
    /// becomes due in one.
    static let longest: Int64 = 1_000_000

    private let ready: Int
    /// With which the next turn begins.
    private(set) var first: Int
    private var taken = 0
    private var end: Int64?
    private var isOver = false

    /// Makes a turn over so many, in a circle from `first` on.
    init(ready: Int, first: Int) {
        self.ready = ready
        self.first = ready > 0 ? first % ready : 0
    }

    /// The next one; `nil` if all had their turn, or the time is over.
    mutating func next() -> Int? {
        guard taken < ready, !isOver else { return nil }
        let next = first
        first = first + 1 < ready ? first + 1 : 0
        taken += 1
        return next
    }

    /// Takes note of a reading at this time, in nanoseconds.
    mutating func note(read now: Int64) {
        if let end { isOver = now >= end } else { end = now + Self.longest }
    }
}
