/// Tasks that wait for the same thing, first come, first served; one can leave from the middle.
struct WaitingLine {
    typealias Waiting = UnsafeContinuation<Int64, any Error>

    private var tasks: [Waiting?] = []
    /// The place in `tasks` of the first that may still wait.
    private var head = 0
    /// The number of the task in the first place of `tasks`.
    private var base = 0

    /// How many wait.
    private(set) var count = 0

    /// Adds a task at the end; returns its number, by which it can leave.
    mutating func append(_ task: Waiting) -> Int {
        tasks.append(task)
        count += 1
        return base + tasks.count - 1
    }

    /// Takes the first out; `nil` if none waits.
    mutating func popFirst() -> Waiting? {
        while head < tasks.count {
            let task = tasks[head].take()
            head += 1
            shrink()
            guard let task else { continue }
            count -= 1
            return task
        }
        return nil
    }

    /// Takes the task of this number out; `nil` if it no longer waits.
    mutating func remove(_ number: Int) -> Waiting? {
        let index = number - base
        guard index >= head, index < tasks.count, let task = tasks[index].take() else { return nil }
        count -= 1
        return task
    }

    /// Forgets the places of those who have gone, now and then, so that a place costs a constant.
    private mutating func shrink() {
        if head == tasks.count {
            base += head
            head = 0
            tasks.removeAll(keepingCapacity: true)
        } else if head >= 65_536, head * 2 >= tasks.count {
            tasks.removeFirst(head)
            base += head
            head = 0
        }
    }
}
