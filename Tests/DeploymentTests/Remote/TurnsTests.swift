import Synchronization
import Testing

@testable import Deployment

@Suite("Turns", .timeLimit(.minutes(1)))
struct TurnsTests {
    /// Numbers in the order in which they came.
    private final class Order: Sendable {
        private let all = Mutex<[Int]>([])
        var numbers: [Int] { all.withLock { $0 } }
        func add(_ number: Int) { all.withLock { $0.append(number) } }
    }

    @Test("are given to so many at a time, to the others in their order")
    func order() async {
        let turns = Turns(2)
        let later = ContinuousClock.now + .seconds(600)
        #expect(await turns.enter(by: later))
        #expect(await turns.enter(by: later))
        let order = Order()
        await withTaskGroup { group in
            for number in 0..<3 {
                group.addTask {
                    #expect(await turns.enter(by: later))
                    order.add(number)
                    await turns.leave()
                }
                while await turns.waitingCount <= number { await Task.yield() }
            }
            #expect(order.numbers == [])
            await turns.leave()
        }
        #expect(order.numbers == [0, 1, 2])
    }

    @Test("are not given to who is cancelled, sent away or too late")
    func givenUp() async {
        let turns = Turns(1)
        let later = ContinuousClock.now + .seconds(600)
        #expect(await turns.enter(by: later))
        #expect(await turns.enter(by: .now) == false)
        await withTaskGroup { group in
            for _ in 0..<2 { group.addTask { #expect(await turns.enter(by: later) == false) } }
            while await turns.waitingCount < 2 { await Task.yield() }
            group.cancelAll()
        }
        await withTaskGroup { group in
            group.addTask { #expect(await turns.enter(by: later) == false) }
            while await turns.waitingCount < 1 { await Task.yield() }
            await turns.sendAway()
        }
        await turns.leave()
        #expect(await turns.enter(by: later))
    }

    @Test("become fewer when they are restricted")
    func fewer() async {
        let turns = Turns(3)
        for _ in 0..<3 { #expect(await turns.enter(by: .now)) }
        await turns.restrict(to: 1)
        await turns.restrict(to: 2)
        for _ in 0..<2 {
            await turns.leave()
            #expect(await turns.enter(by: .now) == false)
        }
        await turns.leave()
        #expect(await turns.enter(by: .now))
    }
}
