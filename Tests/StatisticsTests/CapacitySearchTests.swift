@testable import Statistics
import Testing

@Suite("Search for the capacity")
struct CapacitySearchTests {
    private typealias Measurement = CapacitySearch.Measurement

    /// Plays a search on a rig whose latency rises with the fourth power of the rate.
    private func play(
        _ search: CapacitySearch,
        capacity: Double,
        noise: Double,
        seed: UInt64
    ) -> [Measurement] {
        var generator = SeededGenerator(seed: seed)
        var all: [Measurement] = []
        while case .measure(let rate) = search.next(after: all) {
            let excess = 4 * (rate / capacity).logarithm + noise * generator.nextNormal()
            // twice the capacity is more than the servers can do
            all.append(Measurement(rate: rate, excess: rate > 2 * capacity ? nil : excess))
            if all.count > 400 { break }
        }
        return all
    }

    @Test("ends within the distance asked for, and the interval holds the truth")
    func quiet() throws {
        let search = CapacitySearch(in: 1_000...100_000)
        let all = play(search, capacity: 20_000, noise: 0.02, seed: 1)
        let (low, high) = search.interval(all)
        #expect(try #require(low) < 20_000)
        #expect(try #require(high) > 20_000)
        #expect(try #require(high) / #require(low) < 1.06)
        #expect(abs(try #require(search.capacity(all)) / 20_000 - 1) < 0.02)
        #expect(all.count < 50)
    }

    @Test(
        "an interval holds the truth in nine of ten searches, also with the noise of a shared rig"
    )
    func coverage() {
        let search = CapacitySearch(in: 1_000...100_000)
        let runs = 100
        var held = 0
        for seed in 0..<runs {
            let all = play(search, capacity: 17_300, noise: 0.22, seed: UInt64(seed))
            let (low, high) = search.interval(all)
            if low ?? 0 < 17_300, high ?? .infinity > 17_300 { held += 1 }
        }
        #expect(Double(held) / Double(runs) >= 0.9)
    }

    @Test("a rig that is always too slow, or never, is found out by the ends of the range")
    func ends() {
        let search = CapacitySearch(in: 1_000...4_000)
        let slow = play(search, capacity: 300, noise: 0.02, seed: 2)
        #expect(Set(slow.map(\.rate)) == [1_000])
        #expect(search.capacity(slow) == nil)
        #expect(search.interval(slow).high == 1_000)
        let fast = play(search, capacity: 90_000, noise: 0.02, seed: 3)
        #expect(Set(fast.map(\.rate)) == [1_000, 4_000])
        #expect(search.capacity(fast) == nil)
        #expect(search.interval(fast).low == 4_000)
        #expect(search.interval(fast).high == nil)
    }

    @Test("a rate is repeated until it is certain, and no longer than allowed")
    func standings() {
        let search = CapacitySearch(in: 10...20, repeats: 3...5)
        func standing(_ values: [Double?]) -> CapacitySearch.Standing {
            search.standing(of: 10, values.map { Measurement(rate: 10, excess: $0) })
        }
        #expect(standing([]) == .open)
        #expect(standing([-1, -1.1]) == .open)
        #expect(standing([-1, -1.1, -0.9]) == .below)
        #expect(standing([1, 1.1, 0.9]) == .above)
        #expect(standing([-1, 1, -1]) == .open)
        #expect(standing([-1, 1, -1, 1, -1]) == .perhapsBelow)
        #expect(standing([1, -1, 1, -1, 1]) == .perhapsAbove)
        #expect(standing([nil]) == .open)
        #expect(standing([nil, nil]) == .above)
        // once behind is never certainly below
        #expect(standing([nil, -1, -1, -1, -1]) == .perhapsAbove)
    }

    @Test(
        "rates have three digits",
        arguments: [(12_345.6, 12_300.0), (99.96, 100), (0.123_45, 0.123)]
    )
    func rounding(rate: Double, rounded: Double) {
        #expect(abs(CapacitySearch.rounded(rate) - rounded) < 1e-9 * rounded)
    }
}
