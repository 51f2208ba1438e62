import Testing

@testable import Load

@Suite("Whose turn it is to be read")
struct ReadingTurnTests {
    /// Which of `ready` sockets are read in a turn whose readings take so long, in nanoseconds.
    private func turn(ready: Int, first: inout Int, each: Int64) -> [Int] {
        var turn = ReadingTurn(ready: ready, first: first)
        var now: Int64 = 5_000_000_000
        var read: [Int] = []
        while let next = turn.next() {
            read.append(next)
            turn.note(read: now)
            now += each
        }
        first = turn.first
        return read
    }

    @Test("is everybody's where readings are short, in a circle")
    func short() {
        var first = 0
        #expect(turn(ready: 4, first: &first, each: 1_000) == [0, 1, 2, 3])
        first = 7
        #expect(turn(ready: 3, first: &first, each: 1_000) == [1, 2, 0])
        #expect(turn(ready: 0, first: &first, each: 1_000) == [])
    }

    @Test("ends after a millisecond, and the next begins with whom it left out")
    func long() {
        var first = 0
        let turns = (0..<4).map { _ in turn(ready: 5, first: &first, each: 600_000) }
        #expect(turns == [[0, 1, 2], [3, 4, 0], [1, 2, 3], [4, 0, 1]])
    }
}
