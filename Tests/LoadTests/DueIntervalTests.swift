import Histogram
import LoadResult
import OpenLoop
import TestSupport
import Testing

@testable import Load

@Suite("The seconds of a schedule")
struct DueIntervalTests {
    @Test("count as histograms do, value for value, and again after they were emptied")
    func counts() throws {
        var random = SeededGenerator(seed: 7)
        let interval = DueInterval(operations: 2)
        for round in 0..<3 {
            interval.begin(round)
            var expected = Latencies.Series()
            for index in 0..<5_000 {
                let bits = Int64(random.next() >> UInt64.random(in: 1...63, using: &random))
                let service = bits / 2
                let failed = index.isMultiple(of: 5)
                interval.record(1, response: bits, service: service, failed: failed)
                try expected.response.record(bits)
                try expected.service.record(failed ? bits : service)
                if failed { try expected.failed.record(bits) }
            }
            var found = Latencies(operations: 2)
            found.add(interval)
            #expect(found.series[1].response.counts == expected.response.counts)
            #expect(found.series[1].service.counts == expected.service.counts)
            #expect(found.series[1].failed.counts == expected.failed.counts)
            #expect(found.series[1].failed.count == 1_000)
            #expect(found.series[0].service.count == 0)
        }
    }

    @Test("hold each request in the second in which it was due, and leave in order")
    func seconds() {
        var seconds = OpenSeconds(operations: 1)
        let places = [0, 999_999_999, 1_000_000_000, 3_500_000_000].map { seconds.take($0) }
        #expect(places == [0, 0, 1, 3])
        func settle(_ place: Int32) -> Bool {
            seconds.settle(place, 0, response: 5, service: 5, failed: false)
        }
        #expect(!settle(1))
        #expect(seconds.next() == nil)
        #expect(!settle(0))
        #expect(settle(0))
        #expect((0..<3).map { _ in seconds.next()?.second } == [0, 1, 2])
        #expect(!settle(3))
        // It has not ended.
        #expect(seconds.next() == nil)
        seconds.advance(to: 4_000_000_000)
        #expect(seconds.next()?.second == 3)
        #expect(seconds.rest().map(\.second) == [4])
    }

    @Test("cost less than 2 MB in a stall of 60 s at 50,000/s")
    func stall() {
        var seconds = OpenSeconds(operations: 2)
        let count = 60 * 50_000
        let end: Int64 = 60_000_000_000
        let places = (0..<count).map { seconds.take(Int64($0) * 20_000) }
        var most = seconds.bytes
        for (index, place) in places.enumerated() {
            // All are answered at the end of the stall, one each 2 µs.
            let response = end + Int64(index) * 2_000 - Int64(index) * 20_000
            _ = seconds.settle(
                place,
                UInt8(index % 10 == 0 ? 1 : 0),
                response: response,
                service: response,
                failed: false
            )
            if index.isMultiple(of: 10_000) { most = max(most, seconds.bytes) }
        }
        #expect(seconds.count == 60)
        #expect(max(most, seconds.bytes) < 2_000_000)
    }
}

@Suite("The schedule in a log's head")
struct LoggedScheduleTests {
    private func plan(_ rate: String, duration: Duration?, requests: Int?) throws -> LoadPlan {
        LoadPlan(
            pace: .open(Throttle(try #require(Rate(rate)))),
            requests: requests,
            duration: duration,
            connections: 1,
            timeout: .seconds(1)
        )
    }

    @Test("is read as it was written")
    func round() throws {
        var plan = try plan("0.000001", duration: .milliseconds(2_500), requests: nil)
        plan.part = 2
        plan.parts = 7
        let schedule = try #require(LoggedSchedule(plan))
        #expect(
            schedule.comment
                == "[Schedule: rate=0.000001 part=3 parts=7 requests=1 end_ns=2500000000]"
        )
        #expect(LoggedSchedule(comment: schedule.comment) == schedule)
        plan.pace = .closed(pipeline: 1)
        #expect(LoggedSchedule(plan) == nil)
    }

    @Test(
        "is nothing if it makes no sense",
        arguments: [
            "[Schedule: rate=10 part=3 parts=2 requests=1 end_ns=1]",
            "[Schedule: rate=0 part=1 parts=2 requests=1 end_ns=1]",
            "[Schedule: rate=10 part=1 parts=2 requests=-1 end_ns=1]",
            "[Schedule: rate=10 part=1 parts=2 end_ns=1]", "[Schedule: x]", "[Other]", "",
        ]
    )
    func nonsense(comment: String) {
        #expect(LoggedSchedule(comment: comment) == nil)
    }

    @Test("knows how many requests of a part are due in any time", arguments: [1, 3, 10])
    func count(parts: Int) throws {
        var plan = try plan("3.7", duration: nil, requests: 50)
        plan.parts = parts
        let throttle = Throttle(plan.rate)
        for part in 0..<parts {
            plan.part = part
            let schedule = try #require(LoggedSchedule(plan))
            let due = (0..<50).filter { $0 % parts == part }.map(throttle.intendedNanoseconds)
            for start in stride(from: Int64(0), to: 15_000_000_000, by: 500_000_000) {
                let end = start + 1_000_000_000
                let expected = due.count { (start..<end).contains($0) }
                #expect(schedule.count(from: start, to: end) == expected)
            }
            #expect(schedule.count(from: 0, to: schedule.end) == due.count)
        }
    }

    @Test("writes each rate with all its decimals", arguments: ["0.5", "0.000001", "12.50", "7"])
    func rate(text: String) throws {
        let rate = try #require(Rate(text))
        #expect(rate.description == text)
    }
}
