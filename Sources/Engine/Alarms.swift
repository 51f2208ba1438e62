/// Names an alarm that was set; of one that is over it names nothing.
package struct AlarmTicket: Sendable, Hashable {
    fileprivate let slot: Int32
    fileprivate let generation: UInt32
}

/// Things that are to happen at exact times: the earliest first, and of one time the first set first.
///
/// A binary heap, and a table of slots through which one can be cancelled: setting and taking cost the
/// logarithm of their number, cancelling a constant. The ``TimerWheel`` is cheaper, but knows ticks only.
package struct Alarms<Action> {
    private struct Entry {
        let time: Int64
        let order: UInt64
        let slot: Int32
    }

    private struct Slot {
        var action: Action?
        var generation: UInt32 = 0
    }

    private var heap: [Entry] = []
    private var slots: [Slot] = []
    private var free: [Int32] = []
    private var order: UInt64 = 0

    /// Makes an empty collection.
    package init() {}

    /// How many are set.
    package var count: Int { slots.count - free.count - cancelled }
    /// Those whose entry is still in the heap.
    private var cancelled = 0

    /// When the next one is due, in nanoseconds; `nil` if none is set.
    package mutating func next() -> Int64? {
        while let first = heap.first {
            if slots[Int(first.slot)].action != nil { return first.time }
            removeFirst()
            cancelled -= 1
            release(first.slot)
        }
        return nil
    }

    /// Sets an alarm.
    package mutating func set(at time: Int64, _ action: Action) -> AlarmTicket {
        let slot: Int32
        if let last = free.popLast() {
            slot = last
        } else {
            slot = Int32(slots.count)
            slots.append(Slot())
        }
        slots[Int(slot)].action = action
        insert(Entry(time: time, order: order, slot: slot))
        order += 1
        return AlarmTicket(slot: slot, generation: slots[Int(slot)].generation)
    }

    /// Takes an alarm back and returns what it would have done; `nil` if it is over.
    package mutating func cancel(_ ticket: AlarmTicket) -> Action? {
        guard slots[Int(ticket.slot)].generation == ticket.generation else { return nil }
        guard let action = slots[Int(ticket.slot)].action.take() else { return nil }
        cancelled += 1
        return action
    }

    /// Takes the next alarm that is due at `time`; `nil` if none is.
    package mutating func take(at time: Int64) -> Action? {
        guard let due = next(), due <= time else { return nil }
        let slot = heap[0].slot
        removeFirst()
        defer { release(slot) }
        return slots[Int(slot)].action.take()
    }

    private mutating func release(_ slot: Int32) {
        slots[Int(slot)].generation &+= 1
        free.append(slot)
    }

    private func isBefore(_ one: Entry, _ other: Entry) -> Bool {
        one.time < other.time || one.time == other.time && one.order < other.order
    }

    private mutating func insert(_ entry: Entry) {
        var index = heap.count
        heap.append(entry)
        while index > 0 {
            let parent = (index - 1) / 2
            guard isBefore(entry, heap[parent]) else { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = entry
    }

    private mutating func removeFirst() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        var index = 0
        while true {
            var child = 2 * index + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, isBefore(heap[child + 1], heap[child]) { child += 1 }
            guard isBefore(heap[child], last) else { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = last
    }
}
