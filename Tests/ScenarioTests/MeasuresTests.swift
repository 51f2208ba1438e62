import Engine
import Histogram
import Testing

@testable import Scenario

@Suite("Measures")
struct MeasuresTests {
    private struct Unlucky: Error {}

    private let loop: EventLoop
    private let telemetry: Telemetry
    private let notes = Notes()

    init() throws {
        loop = try EventLoop(.virtual)
        telemetry = Telemetry(on: loop)
    }

    private var measures: Measures { telemetry.measures }

    /// Runs users, and returns what each second held: `second name-kind count`.
    private func seconds(
        _ users: Int,
        rate: Throttle.Pace = .unlimited,
        until end: Int64 = 100,
        _ life: @escaping Crowd.Life
    ) throws -> [String] {
        let crowd = Crowd(on: loop, rate: rate, telemetry: telemetry, life)
        try crowd.add(users)
        run(loop, seconds: end)
        var lines: [String] = []
        measures.settle(now: loop.now, isLast: true) { second, series in
            for series in series where series.service.count > 0 {
                lines.append(
                    "\(second) \(series.name) \(series.service.count) \(series.failed.count)"
                )
            }
        }
        crowd.stop()
        run(loop)
        return lines
    }

    @Test("a measurement stands in the second in which it was due, however late it ends")
    func dueSecond() throws {
        let lines = try seconds(3, rate: .perSecond(1)) { user in
            let due = user.now
            try await user.sleep(for: .milliseconds(500))
            try await user.measure("work", due: due) { try await user.sleep(for: .seconds(5)) }
        }
        #expect(lines == ["0 work 1 0", "1 work 1 0", "2 work 1 0"])
        let work = try #require(measures.series.first)
        #expect(work.hasDue)
        #expect(work.response.min <= 5_500_000_000 && work.response.max >= 5_500_000_000)
        #expect(work.service.min <= 5_000_000_000 && work.service.max >= 5_000_000_000)
        #expect(work.service.max < 5_010_000_000)
    }

    @Test("without a due time it stands in the second of its beginning, with a service time alone")
    func noDue() throws {
        let lines = try seconds(1) { user in
            try await user.sleep(for: .milliseconds(1_500))
            try await user.measure("work") { try await user.sleep(for: .seconds(3)) }
        }
        #expect(lines == ["1 work 1 0"])
        #expect(measures.series.first?.hasDue == false)
    }

    @Test("what fails is among the others and among the errors, with its response time")
    func failures() throws {
        let lines = try seconds(4) { user in
            let due = user.now
            try await user.sleep(for: .seconds(1))
            try await user.measure("work", due: due) {
                try await user.sleep(for: .seconds(1))
                if user.id > 1 { throw Unlucky() }
            }
        }
        #expect(lines == ["0 work 4 3"])
        let work = try #require(measures.series.first)
        #expect(work.service.countBetween(1_990_000_000, and: 2_010_000_000) == 3)
        #expect(work.response.countBetween(1_990_000_000, and: 2_010_000_000) == 4)
    }

    @Test("what a removed user was at is cut off, and has no time")
    func cut() throws {
        let crowd = Crowd(on: loop, rate: .unlimited, telemetry: telemetry) { user in
            try await user.measure("work") { try await user.sleep(for: .seconds(100)) }
        }
        try crowd.add(5)
        run(loop, seconds: 1)
        crowd.stop()
        run(loop)
        #expect(measures.cut == 5)
        #expect(measures.underWay == 0)
        #expect(measures.series.first?.service.count == 0)
    }

    @Test("one that ends elsewhere ends once; one that is let go is cut off")
    func elsewhere() throws {
        let box = Box<Measurement>()
        let crowd = Crowd(on: loop, rate: .unlimited, telemetry: telemetry) { user in
            box.value = try user.begin("work", due: user.now)
            _ = try user.begin("forgotten")
        }
        try crowd.add(1)
        run(loop, seconds: 2)
        box.value?.end()
        box.value?.fail()
        box.value = nil
        measures.settle(now: loop.now, isLast: true) { _, _ in }
        #expect(measures.series.map(\.name) == ["work", "forgotten"])
        #expect(measures.series.map(\.service.count) == [1, 0])
        #expect(measures.series.map(\.failed.count) == [0, 0])
        #expect(measures.cut == 1)
    }

    @Test("a second leaves when all that was due in it is settled, in order, with every name")
    func order() throws {
        let crowd = Crowd(on: loop, rate: .unlimited, telemetry: telemetry) { user in
            try await user.measure("long") { try await user.sleep(for: .seconds(7)) }
            try await user.measure("short") {}
        }
        try crowd.add(1)
        var left: [Int] = []
        for _ in 0..<12 {
            run(loop, seconds: 1)
            measures.settle(now: loop.now) { second, series in
                left.append(second)
                notes.words.append(
                    series.map { "\($0.name) \($0.service.count)" }.joined(separator: " ")
                )
            }
            if loop.now < 7 * second { #expect(left.isEmpty) }
            _ = loop.alarm(at: loop.now + second) {}
        }
        #expect(left == Array(0..<10))
        #expect(notes.words[0] == "long 1 short 0")
        #expect(notes.words[7] == "long 0 short 1")
        crowd.stop()
    }

    @Test("one that is given after its second has left is counted all the same")
    func tooLate() throws {
        _ = loop.alarm(at: 10 * second) {}
        run(loop)
        measures.settle(now: loop.now) { _, _ in }
        let lines = try seconds(1) { user in try await user.measure("work", due: 0) {} }
        #expect(lines == ["8 work 1 0"])
        let work = try #require(measures.series.first)
        #expect(work.response.max >= 10 * second)
    }

    @Test("names that cannot stand in a log, and one for each user, are refused")
    func names() throws {
        let notes = notes
        _ = try seconds(300) { user in
            let name = user.id == 1 ? "a b" : "user-\(user.id)"
            do { try await user.measure(name) {} } catch { notes.words.append("\(error)") }
        }
        #expect(notes.words.count == 100)
        #expect(
            notes.words[0]
                == "bad name \"a b\" of a measure: 1 to 60 letters, digits, \"-\", \"_\", \".\" and \"/\""
        )
        #expect(notes.words[1].hasPrefix("measure \"user-202\" would be the 201st"))
    }

    @Test("counting is exact, whatever ends when")
    func exact() throws {
        let lines = try seconds(5_000, rate: .perSecond(500)) { user in
            for round in 0..<10 {
                try await user.measure("work", due: user.now) {
                    try await user.sleep(for: .milliseconds(100 + 37 * (user.id % 11) + round))
                }
            }
        }
        let counts = lines.compactMap { Int($0.split(separator: " ")[2]) }
        #expect(counts.reduce(0, +) == 50_000)
        #expect(measures.series.first?.response.count == 50_000)
        #expect(measures.underWay == 0)
    }
}
