/// The nearest right name for a wrong one, for "did you mean" in errors.
public enum Suggestion {
    /// Returns the candidate with the fewest single-character edits to `name`, or `nil` if none is near.
    ///
    /// Near means at most a third of the longer name's characters (at least one) inserted, deleted,
    /// replaced, or swapped with their neighbour (optimal string alignment distance). Ties go to
    /// the first in `candidates`. Nothing is near to a name of more than 1,000 bytes, which is no typing error,
    /// and with which the comparison would take seconds.
    public static func nearest(to name: String, among candidates: some Sequence<String>) -> String?
    {
        guard name.utf8.count <= 1_000 else { return nil }
        let letters = Array(name.lowercased())
        var best: (name: String, distance: Int)?
        for candidate in candidates where candidate != name {
            let distance = distance(letters, Array(candidate.lowercased()))
            let limit = max(1, max(name.count, candidate.count) / 3)
            if distance <= limit, distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// Returns `" (did you mean "NAME"?)"`, or an empty string if no candidate is near.
    public static func hint(for name: String, among candidates: some Sequence<String>) -> String {
        nearest(to: name, among: candidates).map { " (did you mean \"\($0)\"?)" } ?? ""
    }

    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var current = [i + 1]
            for j in b.indices {
                var cost = min(last[j + 1] + 1, current[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    cost = min(cost, beforeLast[j - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[b.count]
    }
}
