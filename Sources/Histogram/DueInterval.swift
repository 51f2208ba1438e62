/// The latencies of those requests of one loop that were due in one second of the schedule.
///
/// Its histograms have three digits and the buckets of ``Histogram``, but the counts come in pages
/// of 128 that are made when a value first falls into them. A second in which the server stood
/// still has few different latencies, so that a long stall with its many unsettled seconds costs
/// 13 KB for each and not the megabyte of whole histograms; 2.6 MB is the most that any can take.
/// Pages are kept when it is emptied, so that nothing is allocated once a load has settled in.
///
/// `@unchecked Sendable`: it has one owner at a time. A loop fills it and leaves it in a mailbox, whose mutex
/// orders the two threads' accesses, and touches it no more until it is brought back.
package final class DueInterval: @unchecked Sendable {
    /// The histograms of one kind of request.
    package enum Kind: Int {
        /// From the time when the request was due.
        case response
        /// From the time when it was sent.
        case service
        /// The response times of those that failed; they are in the others too.
        case failed
    }

    @inlinable static var kinds: Int { 3 }
    @inlinable static var pageMagnitude: Int { 7 }
    @inlinable static var pageLength: Int { 1 << pageMagnitude }

    /// Which second of the schedule it is, from 0.
    package private(set) var second = 0
    /// Requests that were taken up and are not settled.
    package var unsettled = 0

    @usableFromInline let layout: BucketLayout
    private let operations: Int
    @usableFromInline let pagesOfHistogram: Int
    /// For each page of each histogram its place in ``counts`` from 1, or 0 if it has none.
    @usableFromInline let places: UnsafeMutablePointer<UInt16>
    @usableFromInline var counts: UnsafeMutablePointer<Int64>
    private var capacity = 8
    private var used = 0

    /// Makes an empty second 0 for so many kinds of request, 1…40.
    package init(operations: Int) {
        precondition((1...40).contains(operations), "the places of pages are 16 bits")
        do {
            layout = try BucketLayout(
                lowestDiscernible: 1,
                highestTrackable: .max,
                significantDigits: 3
            )
        } catch {
            preconditionFailure("a valid range: \(error)")
        }
        self.operations = operations
        pagesOfHistogram = layout.length >> Self.pageMagnitude
        places = .allocate(capacity: operations * Self.kinds * pagesOfHistogram)
        places.initialize(repeating: 0, count: operations * Self.kinds * pagesOfHistogram)
        // page 0 stays unused, so that 0 can stand for none
        counts = .allocate(capacity: (capacity + 1) << Self.pageMagnitude)
    }

    deinit {
        places.deallocate()
        counts.deallocate()
    }

    /// The memory of counts and their places, in bytes.
    package var bytes: Int {
        (capacity + 1) * Self.pageLength * 8 + operations * Self.kinds * pagesOfHistogram * 2
    }

    /// Forgets everything and becomes `second`.
    package func begin(_ second: Int) {
        self.second = second
        unsettled = 0
        places.update(repeating: 0, count: operations * Self.kinds * pagesOfHistogram)
        used = 0
    }

    /// Records one request; values are at least 0.
    ///
    /// One that failed has the same value in all three histograms, so that those of successes are
    /// the difference.
    @inlinable @inline(__always)
    package func record(_ operation: UInt8, response: Int64, service: Int64, failed: Bool) {
        let first = Int(operation) * Self.kinds
        record(first, response)
        record(first + 1, failed ? response : service)
        if failed { record(first + 2, response) }
    }

    @inlinable @inline(__always)
    func record(_ histogram: Int, _ value: Int64) {
        let index = layout.index(of: value)
        let page = histogram &* pagesOfHistogram &+ (index >> Self.pageMagnitude)
        var place = Int(places[page])
        if place == 0 { place = makePage(page) }
        counts[(place << Self.pageMagnitude) | (index & (Self.pageLength - 1))] &+= 1
    }

    @usableFromInline @inline(never)
    func makePage(_ page: Int) -> Int {
        if used == capacity {
            let larger = UnsafeMutablePointer<Int64>
                .allocate(capacity: (2 * capacity + 1) << Self.pageMagnitude)
            // without the unused page 0
            (larger + Self.pageLength).moveInitialize(
                from: counts + Self.pageLength,
                count: used << Self.pageMagnitude
            )
            counts.deallocate()
            counts = larger
            capacity *= 2
        }
        used += 1
        (counts + (used << Self.pageMagnitude)).initialize(repeating: 0, count: Self.pageLength)
        places[page] = UInt16(used)
        return used
    }

    /// Adds the counts of one histogram to a histogram of three digits that resizes.
    package func add(
        _ kind: Kind,
        of operation: Int,
        to histogram: inout Histogram
    ) throws(HistogramError) {
        let first = (operation * Self.kinds + kind.rawValue) * pagesOfHistogram
        guard let last = (0..<pagesOfHistogram).last(where: { places[first + $0] > 0 }) else {
            return
        }
        for page in 0...last where places[first + page] > 0 {
            let start = Int(places[first + page]) << Self.pageMagnitude
            for offset in 0..<Self.pageLength where counts[start + offset] > 0 {
                try histogram.record(
                    layout.lowestEquivalent(at: (page << Self.pageMagnitude) | offset),
                    count: counts[start + offset]
                )
            }
        }
    }
}
