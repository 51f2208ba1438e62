/// A request from the time when it was due until its reply was dealt with.
struct Pending {
    /// Where a request stands.
    enum State: UInt8 {
        case free
        /// Due, and not sent yet since its connection is down or its socket full.
        case waiting
        /// Sent; the reply is awaited.
        case sent
        /// Given up; still in its queue, so that its reply can be told from the next one's.
        case abandoned
    }

    /// When it was due, in nanoseconds.
    var intended: Int64 = 0
    /// When the system call that sent it began, in nanoseconds; 0 if it has not been sent.
    var sent: Int64 = 0
    var request = Request(operation: 0, key: 0)
    /// The next in the queue that it is in, or -1.
    var next: Int32 = -1
    var connection: Int32 = -1
    /// The second of the schedule in which it was due.
    var second: Int32 = 0
    var state = State.free
    /// How many times a server has pointed to another one.
    var redirects: UInt8 = 0
    /// Whether the next send says that another server named this one.
    var isAsking = false
    /// Replies that come before its own.
    var repliesToSkip: UInt8 = 0
}

/// The memory of all requests under way; it grows by doubling, and else allocates nothing.
struct RequestPool: ~Copyable {
    private(set) var capacity: Int
    private var items: UnsafeMutablePointer<Pending>
    private var firstFree: Int32 = -1

    /// Makes room for `capacity` requests.
    init(capacity: Int) {
        self.capacity = 0
        items = .allocate(capacity: 0)
        grow(to: capacity)
    }

    deinit { items.deallocate() }

    /// The request `id`, which ``make()`` returned.
    subscript(id: Int32) -> Pending {
        @inline(__always) unsafeAddress { UnsafePointer(items + Int(id)) }
        @inline(__always) nonmutating unsafeMutableAddress { items + Int(id) }
    }

    /// Returns the number of a fresh request.
    mutating func make() -> Int32 {
        if firstFree < 0 { grow(to: capacity * 2) }
        let id = firstFree
        firstFree = self[id].next
        self[id] = Pending()
        return id
    }

    /// Gives the request's memory back.
    mutating func free(_ id: Int32) {
        self[id].state = .free
        self[id].next = firstFree
        firstFree = id
    }

    // A field of a request that is changed in place from the loop, a generic class, is nothing that Swift 6.3
    // compiles for ThreadSanitizer ("Invalid bitcast"); so the pool counts.

    /// Notes that one of the replies before its own has come.
    func skipReply(of id: Int32) { self[id].repliesToSkip -= 1 }

    /// Notes that a server pointed to another one, and whether the next send says so.
    func noteRedirection(of id: Int32, asking: Bool) {
        self[id].redirects += 1
        self[id].isAsking = asking
    }

    private mutating func grow(to newCapacity: Int) {
        let larger = UnsafeMutablePointer<Pending>.allocate(capacity: newCapacity)
        larger.moveInitialize(from: items, count: capacity)
        items.deallocate()
        items = larger
        for id in (capacity..<newCapacity).reversed() {
            (items + id).initialize(to: Pending())
            items[id].next = firstFree
            firstFree = Int32(id)
        }
        capacity = newCapacity
    }
}

/// Requests in order, linked through ``Pending/next``.
struct RequestQueue {
    private(set) var first: Int32 = -1
    private var last: Int32 = -1

    @inline(__always)
    var isEmpty: Bool { first < 0 }

    @inline(__always)
    mutating func append(_ id: Int32, _ pool: borrowing RequestPool) {
        pool[id].next = -1
        if last >= 0 { pool[last].next = id } else { first = id }
        last = id
    }

    /// Takes the first request out; the queue is not empty.
    @inline(__always)
    mutating func removeFirst(_ pool: borrowing RequestPool) -> Int32 {
        let id = first
        first = pool[id].next
        if first < 0 { last = -1 }
        return id
    }
}
