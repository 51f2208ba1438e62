/// Taking turns: the parts of a schedule, and the loops of a part, each take every n-th request.
package enum Turns {
    /// How many of the requests 0..<count are in turn `turn` (from 0) of `turns`.
    ///
    /// `Int.max` stands for a schedule without end, and so does its share.
    package static func share(of count: Int, _ turn: Int, of turns: Int) -> Int {
        count == .max ? .max : (count - turn + turns - 1) / turns
    }
}
