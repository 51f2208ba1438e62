import Engine
import Scenario
import Testing

@Suite("Coordinator")
struct CoordinatorTests {
    private struct Unlucky: Error, CustomStringConvertible { var description: String { "unlucky" } }

    private let loop: EventLoop
    private let crowd: Crowd
    private let notes = Notes()

    init() throws {
        loop = try EventLoop(.virtual)
        crowd = Crowd(on: loop, rate: .unlimited) { _ in }
    }

    private func coordinator(
        timeout: Duration? = .seconds(30),
        seed: UInt64 = 1,
        _ plan: CoordinatorItem<String>...
    ) throws -> Coordinator<String> {
        try Coordinator("pairs", on: loop, timeout: timeout, seed: seed, plan: plan)
    }

    /// Adds users a, b, c and so on.
    private func add(_ number: Int, to coordinator: Coordinator<String>, from first: Int = 0) throws
    {
        let letters = Array("abcdefghijklmnopqrstuvwxyz")
        for index in first..<first + number {
            try coordinator.add(User(id: index + 1, crowd: crowd), String(letters[index]))
        }
    }

    /// Notes the event and the users of each batch.
    private func batch(_ word: String = "") -> CoordinatorAction<String> {
        .batch { [notes] event, members in
            notes.words.append("\(word)\(event) " + members.map(\.value).joined())
        }
    }

    private func pair() -> CoordinatorAction<String> {
        .pair { [notes] _, one, other in notes.words.append(one.value + other.value) }
    }

    private func event() -> CoordinatorAction<String> {
        .event { [notes] event, number in notes.words.append("\(event) \(number)") }
    }

    @Test("every item counts every user by itself, in the order of arrival")
    func items() throws {
        let coordinator = try coordinator(.each(2, batch("2 ")), .each(3, batch("3 ")))
        try add(6, to: coordinator)
        #expect(
            notes.words == [
                "2 coordinate ab", "3 coordinate abc", "2 coordinate cd", "2 coordinate ef",
                "3 coordinate def",
            ]
        )
        #expect(coordinator.counts.batches == 5)
        #expect(coordinator.waiting == 0)
    }

    @Test("each two of a batch are paired once, the earlier one first")
    func pairs() throws {
        let coordinator = try coordinator(.each(4, pair()))
        try add(4, to: coordinator)
        #expect(notes.words == ["ab", "ac", "ad", "bc", "bd", "cd"])
    }

    @Test("a user alone pairs with nobody, and a batch of nobody gives no pair and no batch")
    func alone() throws {
        let coordinator = try coordinator(.each(1, pair()), .each(2, pair(), batch(), event()))
        try add(2, to: coordinator)
        notes.words = []
        // Nobody is left in any item; the event is told nevertheless.
        run(loop, seconds: 31)
        #expect(notes.words == ["timeout 0"])
    }

    @Test(
        "the number of a batch is drawn anew from a range, its upper end included",
        arguments: [1, 2, 3] as [UInt64]
    )
    func ranges(seed: UInt64) throws {
        let sizes = Notes()
        let coordinator = try coordinator(
            seed: seed,
            .each(2...4, .batch { _, members in sizes.times.append(Int64(members.count)) })
        )
        for _ in 0..<3_000 { try add(1, to: coordinator) }
        let counts = Dictionary(grouping: sizes.times) { $0 }.mapValues(\.count)
        #expect(counts.keys.sorted() == [2, 3, 4])
        #expect(counts.values.allSatisfy { (250...420).contains($0) }, "\(counts)")
    }

    @Test("all users are handed out on a timeout, behind the numbered items")
    func all() throws {
        let coordinator = try coordinator(.all(batch("all "), event()), .each(2, batch("2 ")))
        try add(3, to: coordinator)
        run(loop, seconds: 29)
        #expect(notes.words == ["2 coordinate ab"])
        run(loop, seconds: 2)
        #expect(notes.words.dropFirst() == ["2 timeout c", "all timeout abc", "timeout 3"])
    }

    @Test("the timeout counts from the last add, and comes once")
    func timeout() throws {
        let coordinator = try coordinator(timeout: .seconds(10), .each(9, event()))
        for index in 0..<5 {
            try add(1, to: coordinator, from: index)
            run(loop, seconds: 8)
        }
        #expect(notes.words.isEmpty)
        run(loop, seconds: 1_000)
        #expect(notes.words == ["timeout 5"])
        #expect(coordinator.counts.timeouts == 1)
        try add(1, to: coordinator)
        run(loop, seconds: 1_000)
        #expect(notes.words == ["timeout 5", "timeout 1"])
    }

    @Test("without a timeout users wait for ever")
    func never() throws {
        let coordinator = try coordinator(timeout: nil, .each(2, batch()))
        try add(1, to: coordinator)
        run(loop, seconds: 10_000)
        #expect(notes.words.isEmpty)
        #expect(coordinator.waiting == 1)
    }

    @Test("an action that throws is counted, and hurts nobody else")
    func failure() throws {
        let coordinator = try coordinator(
            .each(2, .batch { _, _ in throw Unlucky() }, batch()),
            .each(2, batch("other "))
        )
        try add(4, to: coordinator)
        #expect(
            notes.words == [
                "coordinate ab", "other coordinate ab", "coordinate cd", "other coordinate cd",
            ]
        )
        #expect(coordinator.failures == ["unlucky": 2])
        #expect(coordinator.counts.failures == 2)
    }

    @Test("a reset hands out what is left and begins anew; with nobody in it, it does nothing")
    func reset() throws {
        let coordinator = try coordinator(.each(3, batch(), event()))
        coordinator.reset()
        #expect(notes.words.isEmpty)
        try add(2, to: coordinator)
        coordinator.reset()
        #expect(notes.words == ["reset ab", "reset 2"])
        coordinator.reset()
        try add(3, to: coordinator, from: 2)
        #expect(notes.words.suffix(2) == ["coordinate cde", "coordinate 3"])
        #expect(notes.words.count == 4)
    }

    @Test("a stop hands out what is left, once, and who comes later gets an error")
    func stop() throws {
        let coordinator = try coordinator(.each(3, batch()))
        try add(2, to: coordinator)
        coordinator.stop()
        coordinator.stop()
        #expect(notes.words == ["stop ab"])
        let error = #expect(throws: CoordinatorError.self) { try add(1, to: coordinator) }
        #expect(error?.description == "coordinator \"pairs\" was stopped: nobody can be added")
        // No alarm is left.
        #expect(run(loop) == .idle)
    }

    @Test("an action may add users: they come into the next batch")
    func added() throws {
        let box = Box<Coordinator<String>>()
        let (crowd, notes) = (crowd, notes)
        let coordinator = try coordinator(
            .each(
                2,
                .batch { _, members in
                    notes.words.append(members.map(\.value).joined())
                    guard notes.words.count < 3 else { return }
                    for member in members {
                        try box.value?.add(User(id: 1, crowd: crowd), member.value + "'")
                    }
                }
            )
        )
        box.value = coordinator
        try add(2, to: coordinator)
        #expect(notes.words == ["ab", "a'b'", "a''b''"])
        box.value = nil
    }

    @Test("a plan that makes no sense is refused, with all that is wrong")
    func badPlan() {
        let error = #expect(throws: CoordinatorError.self) {
            try coordinator(.each(0, batch()), .each(0...2, batch()), .all(pair()), .each(2))
        }
        #expect(
            error?.description == """
                coordinator "pairs": item 1: a batch of 0 users; take 1 or more
                coordinator "pairs": item 2: a batch of 0 to 2 users; take 1 or more
                coordinator "pairs": item 3: all users are not paired; name a number of users instead
                coordinator "pairs": item 4: has no action
                """
        )
    }

    @Test("users who meet get a message from the action")
    func messages() throws {
        let notes = Notes()
        let coordinator = try coordinator(
            .each(
                2,
                .pair { _, one, other in
                    one.user.send(other.value)
                    other.user.send(one.value)
                }
            )
        )
        let users = Crowd(on: loop, rate: .perSecond(1)) { user in
            try coordinator.add(user, "user \(user.id)")
            notes.words.append(try await user.receive())
        }
        try users.add(4)
        run(loop)
        #expect(notes.words.sorted() == ["user 1", "user 2", "user 3", "user 4"])
        #expect(users.counts.ended == 4)
    }
}

/// Something that is known later.
final class Box<Value>: @unchecked Sendable {
    // Unchecked: for the loop's thread alone.
    var value: Value?
}
