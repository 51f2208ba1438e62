// What virtual users cost: memory and start of those who only wait, and how exact a throttle is.

import Engine
import Glibc
import Posix
import Scenario

/// Bytes of memory that this process has.
func resident() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var pages: [Int] = [0, 0]
    for index in pages.indices {
        withUnsafeMutablePointer(to: &pages[index]) { page in
            _ = withVaList([page]) { vfscanf(file, "%ld", $0) }
        }
    }
    return pages[1] * sysconf(Int32(_SC_PAGESIZE))
}

func seconds(since start: Int64) -> Double { Double(SystemClock.now - start) / 1e9 }

/// Users who start at once and sleep.
func idle(_ users: Int) throws {
    let loop = try EventLoop()
    let crowd = Crowd(on: loop, rate: .unlimited) { user in
        try await user.sleep(for: .seconds(3_600))
    }
    let before = resident()
    var start = SystemClock.now
    try crowd.add(users)
    _ = loop.run(until: { crowd.counts.running == users }, before: .max)
    // All have started; in this turn the last of them falls asleep.
    _ = loop.run(until: { true }, before: .max)
    print(users, "users: started in", seconds(since: start), "s,", terminator: " ")
    print((resident() - before) / users, "bytes each,", terminator: " ")
    start = SystemClock.now
    _ = loop.alarm(at: start) { crowd.stop() }
    _ = loop.run(until: { crowd.phase == .finished }, before: .max)
    print("stopped in", seconds(since: start), "s")
}

/// Users who start at a rate and sleep.
func started(_ users: Int, perSecond rate: Int) throws {
    let loop = try EventLoop()
    let crowd = Crowd(on: loop, rate: .perSecond(rate)) { user in
        try await user.sleep(for: .seconds(3_600))
    }
    let start = SystemClock.now
    try crowd.add(users)
    _ = loop.run(until: { crowd.counts.running == users }, before: .max)
    print(users, "users at", rate, "a second: started in", seconds(since: start), "s")
    crowd.stop()
    _ = loop.run(until: { crowd.phase == .finished }, before: .max)
}

/// What users saw of a throttle.
final class Permits: @unchecked Sendable {
    // Unchecked: users write it, all on their loop's thread, and it is read when the loop stands.
    var lateness: [Int64] = []
    var times: [Int64] = []
    var count = 0
}

/// Users who take one permit after the other.
func throttled(_ pace: Throttle.Pace, _ words: String, users: Int, for length: Int64) throws {
    let loop = try EventLoop()
    let throttle = Throttle("benchmark", pace, on: loop)
    let permits = Permits()
    let isTimed = pace != .unlimited
    let crowd = Crowd(on: loop, rate: .unlimited) { user in
        while true {
            let due = try await throttle.wait()
            guard isTimed else { continue }
            let now = user.now
            permits.lateness.append(now - due)
            permits.times.append(now)
        }
    }
    try crowd.add(users)
    let (start, used) = (SystemClock.now, SystemClock.thread)
    _ = loop.run(until: { false }, before: start + length * 1_000_000_000)
    let rate = Double(throttle.counts.permits) / seconds(since: start)
    let perCore = Double(throttle.counts.permits) / (Double(SystemClock.thread - used) / 1e9)
    print("throttle,", words, "with", users, "users:", rate, "permits a second", terminator: "")
    if !isTimed { print(",", perCore, "a second of processor time", terminator: "") }
    if isTimed {
        var first = 0
        var most = 0
        for (index, time) in permits.times.enumerated() {
            while permits.times[first] <= time - 1_000_000 { first += 1 }
            most = max(most, index - first + 1)
        }
        let lateness = permits.lateness.sorted()
        print(", at most", most, "in 1 ms; p99 of lateness", terminator: " ")
        print(lateness[lateness.count * 99 / 100] / 1_000, "µs", terminator: "")
    }
    print()
    crowd.stop()
    _ = loop.run(until: { crowd.phase == .finished }, before: .max)
}

/// Users who add themselves to a coordinator, one after the other, in pairs.
func coordinated(_ adds: Int) throws {
    let loop = try EventLoop()
    let met = Permits()
    let coordinator = try Coordinator<Int>(
        "pairs",
        on: loop,
        plan: [.each(2, .pair { _, _, _ in met.count += 1 })]
    )
    let crowd = Crowd(on: loop, rate: .unlimited) { user in
        for number in 0..<adds / 1_000 {
            try coordinator.add(user, number)
            if number.isMultiple(of: 10) { await Task.yield() }
        }
    }
    let (start, used) = (SystemClock.now, SystemClock.thread)
    try crowd.add(1_000)
    _ = loop.run(until: { crowd.counts.ended == 1_000 }, before: .max)
    let number = Double(coordinator.counts.adds)
    // On a machine that does other work beside it, the second figure says what a core could do.
    let share = Double(SystemClock.thread - used) / 1e9
    print(
        "coordinator, in pairs:",
        number / seconds(since: start),
        "adds a second,",
        terminator: " "
    )
    print(number / share, "a second of processor time;", met.count, "pairs")
}

ThreadPriority.sharpenTimers()
let awake = try? AwakeProcessors()
if awake == nil { print("with processors that may sleep:") }
FileLimit.raise()
var load = [0.0, 0, 0]
getloadavg(&load, 3)
print("load average at the start:", load[0])
let words = CommandLine.arguments.dropFirst()
func isAsked(_ word: String) -> Bool { words.isEmpty || words.contains(word) }

if words.first == "stall" { Stall.run(Array(words.dropFirst())) }
if let place = words.firstIndex(of: "relay") {
    try Relay.serve(port: UInt16(words[place + 1]) ?? 0)
} else if let place = words.firstIndex(of: "think") {
    try Pairs.think(address: words[place + 1], users: Int(words[place + 2]) ?? 5_000)
} else if let place = words.firstIndex(of: "web") {
    try Web.run(
        address: words[place + 1],
        users: Int(words[place + 2]) ?? 100,
        seconds: Int64(words[place + 3]) ?? 10,
        authorities: words.endIndex > place + 4 ? words[place + 4] : nil
    )
} else if let place = words.firstIndex(of: "pairs") {
    try Pairs.run(
        address: words[place + 1],
        users: Int(words[place + 2]) ?? 20_000,
        seconds: Int64(words[place + 3]) ?? 30
    )
} else {
    if isAsked("idle") {
        try idle(100_000)
        try idle(500_000)
    }
    if isAsked("start") { try started(100_000, perSecond: 30_000) }
    if isAsked("coordinator") { try coordinated(1_000_000) }
    if isAsked("unlimited") { try throttled(.unlimited, "unlimited,", users: 1_000, for: 5) }
    if isAsked("rates") {
        // As the load tool's loops do, where the system permits it.
        if !ThreadPriority.makeRealTime() { print("without real-time priority:") }
        for rate in [1_000, 1_500, 2_500, 10_000, 100_000] {
            try throttled(.perSecond(rate), "\(rate) a second,", users: 1_000, for: 10)
        }
    }
}
