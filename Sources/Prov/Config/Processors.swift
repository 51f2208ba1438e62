internal import YAML

/// Processors of a host, as the kernel writes them: `0-1,3`.
struct Processors: Sendable, Hashable, CustomStringConvertible {
    /// Their numbers.
    let numbers: Set<Int>

    /// More than any machine has.
    private static let most = 8_192
    /// No list without repetitions is longer, in bytes.
    private static let longest = 5 * most

    /// Makes a list of these.
    init(_ numbers: Set<Int>) { self.numbers = numbers }

    /// Reads a list; `nil` if it is none, or is empty.
    init?(_ text: String) {
        guard text.utf8.count <= Self.longest else { return nil }
        // Marked, not united: ten thousand times all of them would take seconds.
        var ends = [Int](repeating: -1, count: Self.most)
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { end in
                end.allSatisfy { "0"..."9" ~= $0 } ? Int(end) ?? -1 : -1
            }
            guard let first = bounds.first, let last = bounds.last, bounds.count <= 2, first >= 0,
                first <= last, last < Self.most
            else { return nil }
            ends[first] = max(ends[first], last)
        }
        var numbers: Set<Int> = []
        var end = -1
        for number in 0..<Self.most {
            end = max(end, ends[number])
            if number <= end { numbers.insert(number) }
        }
        self.numbers = numbers
    }

    /// Reads what a config says, where one alone is written without quotes.
    init?(_ node: YAMLNode) {
        switch node.value {
        case .string(let text): self.init(text)
        case .int(let number): self.init("\(number)")
        default: return nil
        }
    }

    /// In order, and runs of them as `0-2`.
    var description: String {
        var runs: [ClosedRange<Int>] = []
        for number in numbers.sorted() {
            if let last = runs.last, last.upperBound == number - 1 {
                runs[runs.count - 1] = last.lowerBound...number
            } else {
                runs.append(number...number)
            }
        }
        return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }
}
