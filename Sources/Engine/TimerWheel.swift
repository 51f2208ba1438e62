/// Timers for many requests at once: setting, cancelling and expiring one each take constant time.
///
/// A hierarchy of four wheels with 256 slots each over ticks of a fixed length. A timer is known by a
/// small number that its owner chooses (the index of a request), so that setting one allocates
/// nothing. A timer expires in the first ``advance(to:_:)`` at or after its tick, never before.
package struct TimerWheel {
    @usableFromInline static let levels = 4
    @usableFromInline static let slots = 256
    @usableFromInline static let none: Int32 = -1

    @usableFromInline
    struct Timer {
        @usableFromInline var deadline: Int64 = 0
        @usableFromInline var next: Int32 = none
        @usableFromInline var previous: Int32 = none
        /// The slot over all levels, or `none` if the timer is not set.
        @usableFromInline var slot: Int32 = none

        init() {}
    }

    @usableFromInline let tickLength: Int64
    @usableFromInline var now: Int64
    @usableFromInline var timers: [Timer] = []
    @usableFromInline var heads: [Int32]
    @usableFromInline var occupied: [UInt64]
    /// How many timers are set.
    @inlinable package var count: Int { total }
    @usableFromInline var total = 0

    /// Makes a wheel that stands at `start`.
    ///
    /// - Parameters:
    ///   - start: Nanoseconds on the caller's clock.
    ///   - tick: Nanoseconds; timers expire up to one tick late.
    package init(start: Int64, tick: Int64 = 1_000_000) {
        precondition(tick > 0)
        tickLength = tick
        now = start / tick
        heads = Array(repeating: Self.none, count: Self.levels * Self.slots)
        occupied = Array(repeating: 0, count: Self.levels * Self.slots / 64)
    }

    /// Makes room for timers 0..<count.
    @inlinable
    package mutating func reserve(_ count: Int) {
        guard count > timers.count else { return }
        grow(to: count)
    }

    @usableFromInline
    mutating func grow(to count: Int) {
        timers.append(contentsOf: repeatElement(Timer(), count: count - timers.count))
    }

    /// Sets timer `id`, which is not set, to expire at `deadline` (nanoseconds).
    ///
    /// Deadlines beyond 2³² ticks expire after 2³² ticks.
    @inlinable
    package mutating func set(_ id: Int32, at deadline: Int64) {
        let tick = (deadline + tickLength - 1) / tickLength
        timers[Int(id)].deadline = min(max(tick, now + 1), now + Int64(UInt32.max))
        link(id)
        total += 1
    }

    /// Cancels timer `id`; does nothing if it is not set.
    @inlinable
    package mutating func cancel(_ id: Int32) {
        guard timers[Int(id)].slot != Self.none else { return }
        unlink(id)
        total -= 1
    }

    /// Nanoseconds before which nothing expires; `nil` if no timer is set.
    ///
    /// Exact for the next 256 ticks, else the time when the next slot is looked at again.
    @inlinable
    package var nextExpiry: Int64? {
        guard count > 0 else { return nil }
        var best = Int64.max
        for level in 0..<Self.levels {
            let shift = Int64(8 * level)
            let position = now >> shift
            guard let step = stepsToOccupied(level, after: Int(position & 255)) else { continue }
            best = min(best, (position + Int64(step)) << shift)
        }
        return best * tickLength
    }

    /// How many slots after `position` the next one with a timer lies, in 1…256.
    @inlinable @inline(__always)
    func stepsToOccupied(_ level: Int, after position: Int) -> Int? {
        let first = (position + 1) & 255
        for index in 0...4 {
            let word = (first >> 6 + index) & 3
            var bits = occupied[level * 4 + word]
            // The first word is looked at twice: from the first slot on, and at last before it.
            if index == 0 { bits &= ~0 << UInt64(first & 63) }
            if index == 4 { bits &= ~(~0 << UInt64(first & 63)) }
            guard bits != 0 else { continue }
            return (word << 6 + bits.trailingZeroBitCount - first) & 255 + 1
        }
        return nil
    }

    /// Moves on to `time` (nanoseconds) and calls `expire` for each timer due by then, tick by tick.
    ///
    /// `expire` gets the timer's number; the timer is no longer set and may be set again afterwards.
    @inlinable
    package mutating func advance(to time: Int64, _ expire: (Int32) -> Void) {
        let target = time / tickLength
        while now < target {
            guard count > 0 else {
                now = target
                return
            }
            if let next = nextExpiry.map({ $0 / tickLength }), next > now + 1 {
                now = min(target, next) - 1
            }
            now += 1
            cascade()
            drain(Int(now & 255), expire)
        }
    }

    /// Moves the timers of the coarser slots that begin at this tick to finer ones.
    @inlinable
    mutating func cascade() {
        var level = 1
        while level < Self.levels, now & ((1 << Int64(8 * level)) - 1) == 0 {
            let slot = level * Self.slots + Int((now >> Int64(8 * level)) & 255)
            var id = heads[slot]
            while id != Self.none {
                let next = timers[Int(id)].next
                unlink(id)
                link(id)
                id = next
            }
            level += 1
        }
    }

    @inlinable
    mutating func drain(_ slot: Int, _ expire: (Int32) -> Void) {
        while heads[slot] != Self.none {
            let id = heads[slot]
            unlink(id)
            total -= 1
            expire(id)
        }
    }

    @inlinable
    mutating func link(_ id: Int32) {
        let deadline = timers[Int(id)].deadline
        let distance = deadline - now
        var level = 0
        while level < Self.levels - 1, distance >= 1 << Int64(8 * (level + 1)) { level += 1 }
        let index = Int((deadline >> Int64(8 * level)) & 255)
        let slot = level * Self.slots + index
        let head = heads[slot]
        timers[Int(id)].slot = Int32(slot)
        timers[Int(id)].previous = Self.none
        timers[Int(id)].next = head
        if head != Self.none { timers[Int(head)].previous = id }
        heads[slot] = id
        occupied[slot >> 6] |= 1 << UInt64(slot & 63)
    }

    @inlinable
    mutating func unlink(_ id: Int32) {
        let timer = timers[Int(id)]
        if timer.next != Self.none { timers[Int(timer.next)].previous = timer.previous }
        if timer.previous != Self.none {
            timers[Int(timer.previous)].next = timer.next
        } else {
            let slot = Int(timer.slot)
            heads[slot] = timer.next
            if timer.next == Self.none { occupied[slot >> 6] &= ~(1 << UInt64(slot & 63)) }
        }
        timers[Int(id)].slot = Self.none
    }
}
