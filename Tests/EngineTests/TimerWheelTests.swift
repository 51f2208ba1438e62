import TestSupport
import Testing

@testable import Engine

@Suite("TimerWheel")
struct TimerWheelTests {
    private static let tick: Int64 = 1_000

    @Test(
        "expires what a sorted list would, at the same tick, over random operations",
        arguments: [1, 2, 3, 4, 5, 6] as [UInt64]
    )
    func reference(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var now = Int64.random(in: 0..<1 << 40, using: &random) * Self.tick
        var wheel = TimerWheel(start: now, tick: Self.tick)
        wheel.reserve(500)
        var reference: [Int32: Int64] = [:]
        for _ in 0..<20_000 {
            let id = Int32.random(in: 0..<500, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6 where reference[id] == nil:
                // Distances from 0 ticks to 2³² of them, as many short as long.
                let ticks = Int64(random.next() >> UInt64.random(in: 32..<64, using: &random))
                wheel.set(id, at: now + ticks * Self.tick)
                reference[id] = max(now / Self.tick + 1, now / Self.tick + ticks)
            case 6..<8:
                wheel.cancel(id)
                reference[id] = nil
            default:
                let step =
                    Int64(random.next() >> UInt64.random(in: 40..<64, using: &random)) * Self.tick
                if let next = wheel.nextExpiry, let first = reference.values.min() {
                    #expect(next > now)
                    #expect(next <= first * Self.tick)
                }
                now += step
                var expired: [Int32] = []
                wheel.advance(to: now) { expired.append($0) }
                let due = reference.filter { $0.value <= now / Self.tick }
                #expect(Set(expired) == Set(due.keys))
                let ticks = expired.compactMap { due[$0] }
                #expect(ticks == ticks.sorted())
                for id in due.keys { reference[id] = nil }
            }
            #expect(wheel.count == reference.count)
        }
    }

    @Test("never expires a timer before its deadline, and at most a tick after it")
    func rounding() {
        var wheel = TimerWheel(start: 5_400, tick: Self.tick)
        wheel.reserve(1)
        wheel.set(0, at: 7_001)
        var expired = 0
        wheel.advance(to: 7_999) { _ in expired += 1 }
        #expect(expired == 0)
        #expect(wheel.nextExpiry == 8_000)
        wheel.advance(to: 8_000) { _ in expired += 1 }
        #expect(expired == 1)
        #expect(wheel.nextExpiry == nil)
    }

    @Test("holds 100,000 timers, and a timer may be set again once it has expired")
    func many() {
        var wheel = TimerWheel(start: 0)
        wheel.reserve(100_000)
        for id in 0..<100_000 { wheel.set(Int32(id), at: 10_000_000_000 + Int64(id) * 1_000) }
        var expired = 0
        wheel.advance(to: 9_999_000_000) { _ in expired += 1 }
        #expect(expired == 0)
        wheel.advance(to: 10_200_000_000) { _ in expired += 1 }
        #expect(expired == 100_000)
        wheel.set(7, at: 10_300_000_000)
        wheel.advance(to: 10_300_000_000) { expired += Int($0) }
        #expect(expired == 100_007)
    }
}
