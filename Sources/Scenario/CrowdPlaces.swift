/// Where in a list without gaps the users of rising numbers stand.
///
/// Numbers that nobody has take no place, however many they are.
struct CrowdPlaces: Sendable {
    /// Numbers that follow each other: the first of them, and its place among all that there ever were.
    private struct Run {
        let number: Int
        let place: Int
    }

    private var runs: [Run] = []
    /// How many places were given away, and how many of them are forgotten.
    private var given = 0
    private var forgotten = 0

    /// Gives the next place to a number, which is above all before it.
    mutating func append(_ number: Int) {
        if runs.last.map({ $0.number + given - $0.place }) != number {
            runs.append(Run(number: number, place: given))
        }
        given += 1
    }

    /// The place of a number; `nil` if it has none, or none any more.
    subscript(number: Int) -> Int? {
        guard let index = lastRun(where: { $0.number <= number }) else { return nil }
        let place = runs[index].place + (number - runs[index].number)
        let end = index + 1 < runs.count ? runs[index + 1].place : given
        return place < end && place >= forgotten ? place - forgotten : nil
    }

    /// The number at a place, which must be given away and not forgotten.
    func number(at place: Int) -> Int {
        let place = place + forgotten
        guard let index = lastRun(where: { $0.place <= place }) else {
            preconditionFailure("place \(place) is nobody's")
        }
        return runs[index].number + (place - runs[index].place)
    }

    /// Forgets the first places; those behind them move up.
    mutating func removeFirst(_ count: Int) {
        forgotten += count
        if let index = lastRun(where: { $0.place <= forgotten }) { runs.removeFirst(index) }
    }

    /// The last of the runs of which something is true, as it is of all before it.
    private func lastRun(where isTrue: (Run) -> Bool) -> Int? {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if isTrue(runs[middle]) { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? low - 1 : nil
    }
}
