/// How many refusals began with which word, such as `CLUSTERDOWN`.
///
/// The words come from servers, so they are bounded: 64 of at most 32 printable ASCII characters;
/// everything else counts under `other`.
struct Refusals: Sendable, Hashable {
    private static let mostWords = 64
    private static let longestWord = 32
    private static let other = "other"

    private(set) var counts: [String: Int] = [:]

    /// Counts an error reply, which begins with `-`.
    mutating func note(_ reply: [UInt8]) {
        let word = reply.dropFirst().prefix { $0 != UInt8(ascii: " ") }.prefix(Self.longestWord)
        let isPrintable = !word.isEmpty && word.allSatisfy { (0x21...0x7E).contains($0) }
        add(1, isPrintable ? String(decoding: word, as: UTF8.self) : Self.other)
    }

    /// Adds those of another loop or second.
    mutating func add(_ other: Refusals) {
        for (word, count) in other.counts { add(count, word) }
    }

    /// Forgets everything.
    mutating func reset() { counts.removeAll(keepingCapacity: true) }

    private mutating func add(_ count: Int, _ word: String) {
        let isKnown = counts[word] != nil || counts.count < Self.mostWords
        counts[isKnown ? word : Self.other, default: 0] += count
    }
}
