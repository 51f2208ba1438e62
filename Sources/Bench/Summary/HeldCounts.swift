internal import Histogram

/// How many counts of all tags together logs may make us hold at a time: 128 MB.
///
/// Logs of load tools have some 30,000 for each tag; one whose few bytes ask for gigabytes is damaged, or
/// made to do harm.
enum HeldCounts {
    private static let most = 1 << 24
    /// How many tags a log may have; a load has three for each kind of request.
    static let mostTags = 1_000

    /// Refuses one histogram more than may be held.
    ///
    /// - Parameters:
    ///   - layout: Its range and precision.
    ///   - held: Those that are held.
    ///   - file: The log that asks for it.
    ///   - tags: How many tags there are with it.
    /// - Throws: ``SummaryError/tooLarge(file:tags:)``, ``SummaryError/tooManyTags(file:)``.
    static func check(
        _ layout: BucketLayout,
        beside held: some Sequence<Histogram?>,
        file: String,
        tags: Int
    ) throws(SummaryError) {
        guard tags <= mostTags else { throw .tooManyTags(file: file) }
        let counts = held.reduce(0) { $0 + ($1?.counts.count ?? 0) }
        guard counts + layout.length <= most else {
            throw .tooLarge(file: file, tags: tags)
        }
    }
}
