package import Engine
internal import JSON
internal import Statistics

/// Brings users together, in the order in which they add themselves, by a plan.
///
/// Each item of the plan counts every user by itself: with one of 2 and one of 3, six users make three batches
/// of two and two batches of three.
public final class Coordinator<Value: Sendable>: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    /// A user with what it brought along.
    public typealias Member = CoordinatorMember<Value>

    /// What happened so far.
    public struct Counts: Sendable, Hashable {
        /// How often a user was added.
        public var adds = 0
        /// How many batches were filled.
        public var batches = 0
        /// How often nobody was added for too long.
        public var timeouts = 0
        /// How many actions threw.
        public var failures = 0
    }

    private struct Group {
        let item: CoordinatorItem<Value>
        /// How many users fill the batch.
        var wanted = Int.max
        var members: [Member] = []
    }

    /// The name in messages.
    public let name: String
    /// What happened so far.
    public private(set) var counts = Counts()
    /// Whether it was stopped.
    public private(set) var isStopped = false
    /// How often an action threw, by the error's text; the first thousand texts.
    public private(set) var failures: [String: Int] = [:]

    private let loop: EventLoop
    private let telemetry: Telemetry?
    private var generator: SeededGenerator
    private var groups: [Group]
    /// The numbered ones first, then those with all.
    private let order: [Int]
    /// Nanoseconds; `nil` for never.
    private let timeout: Int64?
    private var lastAdd: Int64 = 0
    private var alarm: AlarmTicket?

    /// Makes a coordinator of `loop` that nobody has been added to.
    ///
    /// - Parameters:
    ///   - name: The name in messages.
    ///   - loop: Where it runs.
    ///   - timeout: So long after the last add every item gets what it has left; `nil` for never.
    ///   - seed: Of the numbers that are drawn from ranges.
    ///   - telemetry: Where its events go.
    ///   - plan: At least one item.
    /// - Throws: ``CoordinatorError/plan(_:problems:)`` with all that is wrong.
    package init(
        _ name: String,
        on loop: EventLoop,
        timeout: Duration? = .seconds(30),
        seed: UInt64 = 1,
        telemetry: Telemetry? = nil,
        plan: [CoordinatorItem<Value>]
    ) throws(CoordinatorError) {
        self.name = name
        self.loop = loop
        self.telemetry = telemetry
        self.timeout = timeout.map(\.nanoseconds)
        generator = SeededGenerator(seed: seed)
        var problems = plan.enumerated().flatMap { $1.problems("item \($0 + 1)") }
        if plan.isEmpty { problems.append("the plan is empty") }
        if let timeout, timeout <= .zero {
            problems.append("the timeout is \(timeout); take more than 0, or none")
        }
        guard problems.isEmpty else { throw .plan(name, problems: problems) }
        groups = plan.map { Group(item: $0) }
        order =
            plan.indices.filter { plan[$0].size != .all }
            + plan.indices.filter { plan[$0].size == .all }
        for index in groups.indices { groups[index].wanted = draw(groups[index].item.size) }
    }

    /// How many users wait in the fullest item.
    public var waiting: Int { groups.reduce(0) { max($0, $1.members.count) } }

    private func draw(_ size: CoordinatorItem<Value>.Size) -> Int {
        switch size {
        case .number(let number): number
        case .range(let range): Int.random(in: range, using: &generator)
        case .all: .max
        }
    }

    // MARK: Users

    /// Adds a user, and hands out the batches that it fills.
    ///
    /// - Throws: ``CoordinatorError/stopped(_:)``.
    public func add(_ user: User, _ value: Value) throws {
        guard !isStopped else { throw CoordinatorError.stopped(name) }
        counts.adds += 1
        lastAdd = loop.now
        arm()
        let member = Member(user: user, value: value)
        var isFull = false
        for index in groups.indices {
            groups[index].members.append(member)
            isFull = isFull || groups[index].members.count >= groups[index].wanted
        }
        // All items have the user before an action can add another one.
        if isFull { handOutFull() }
    }

    private func handOutFull() {
        var full: [(item: CoordinatorItem<Value>, members: [Member])] = []
        for index in groups.indices where groups[index].members.count >= groups[index].wanted {
            full.append((groups[index].item, take(index)))
        }
        for batch in full {
            counts.batches += 1
            perform(batch.item, .coordinate, batch.members)
        }
    }

    private func take(_ index: Int) -> [Member] {
        defer {
            groups[index].members = []
            groups[index].wanted = draw(groups[index].item.size)
        }
        return groups[index].members
    }

    /// Hands out what all items have left.
    private func handOutRest(_ event: CoordinatorEvent) {
        disarm()
        let rest = order.map { (item: groups[$0].item, members: take($0)) }
        for batch in rest { perform(batch.item, event, batch.members) }
    }

    private func perform(
        _ item: CoordinatorItem<Value>,
        _ event: CoordinatorEvent,
        _ members: [Member]
    ) {
        telemetry?.emit("coordinator") {
            [
                "name": .string(name), "event": .string(event.rawValue),
                "users": .integer(Int64(members.count)),
            ]
        }
        for action in item.actions {
            switch action.body {
            case .event(let body): attempt { try body(event, members.count) }
            case .batch(let body):
                if !members.isEmpty { attempt { try body(event, members) } }
            case .pair(let body):
                for (place, one) in members.enumerated() {
                    for other in members[(place + 1)...] { attempt { try body(event, one, other) } }
                }
            }
        }
    }

    private func attempt(_ body: () throws -> Void) {
        do {
            try body()
        } catch {
            counts.failures += 1
            let text = "\(error)"
            if failures.count < 1_000 || failures[text] != nil { failures[text, default: 0] += 1 }
            telemetry?.emit("coordinator-failed") {
                ["name": .string(name), "error": .string(text)]
            }
        }
    }

    // MARK: Ends

    /// Hands out what is left, and begins anew; does nothing if nobody is in it.
    public func reset() {
        guard waiting > 0 else { return }
        handOutRest(.reset)
    }

    /// Hands out what is left, and takes nobody from now on; does nothing the second time.
    public func stop() {
        guard !isStopped else { return }
        isStopped = true
        handOutRest(.stop)
    }

    /// Sets the alarm, if none is set: when it rings it sees whether somebody was added meanwhile.
    private func arm() {
        guard let timeout, alarm == nil else { return }
        alarm = loop.alarm(at: lastAdd + timeout) { [self] in
            alarm = nil
            guard lastAdd + timeout <= loop.now else { return arm() }
            counts.timeouts += 1
            handOutRest(.timeout)
        }
    }

    private func disarm() {
        if let alarm { loop.cancel(alarm) }
        alarm = nil
    }
}

extension Duration {
    /// The duration in nanoseconds, rounded down; longer ones than 285 years count as those.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds < 9_000_000_000 else { return 9_000_000_000_000_000_000 }
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
