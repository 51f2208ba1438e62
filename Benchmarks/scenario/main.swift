import Glibc
import Engine
import Posix
import Scenario

func resident() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 200)
    fgets(&line, 200, file)
    let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
    return (Int(fields[1]) ?? 0) * 4096
}

func idle(_ users: Int) throws {
    let loop = try EventLoop()
    let crowd = Crowd(on: loop, rate: .unlimited) { user in try await user.sleep(for: .seconds(3_600)) }
    let before = resident()
    let start = SystemClock.now
    _ = loop.alarm(at: 0) { try? crowd.add(users) }
    _ = loop.run(until: { crowd.counts.running == users }, before: .max)
    _ = loop.run(until: { true }, before: .max)
    let end = SystemClock.now
    print("\(users) idle users: started in \(Double(end - start) / 1e9) s, \((resident() - before) / users) bytes each")
    _ = loop.alarm(at: 0) { crowd.stop() }
    _ = loop.run(until: { crowd.phase == .finished }, before: .max)
    print("  all ended \(Double(SystemClock.now - end) / 1e9) s after")
}

func pace(_ pace: Throttle.Pace, users: Int, seconds: Int64, _ words: String) throws {
    let loop = try EventLoop()
    let throttle = Throttle("t", pace, on: loop)
    final class Late: @unchecked Sendable { var late: [Int64] = []; var times: [Int64] = [] }
    let late = Late()
    let crowd = Crowd(on: loop, rate: .unlimited) { user in
        while true {
            let due = try await throttle.wait()
            if pace != .unlimited { late.late.append(user.now - due); late.times.append(user.now) }
        }
    }
    try crowd.add(users)
    let start = loop.now
    _ = loop.run(until: { false }, before: start + seconds * 1_000_000_000)
    let rate = Double(throttle.counts.permits) / Double(seconds)
    late.late.sort()
    var most = 0
    var first = 0
    for (index, time) in late.times.enumerated() {
        while late.times[first] < time - 1_000_000 { first += 1 }
        most = max(most, index - first + 1)
    }
    let p99 = late.late.isEmpty ? 0 : late.late[late.late.count * 99 / 100] / 1_000
    print("throttle \(words), \(users) users: \(rate)/s, most in 1 ms \(most), p99 of lateness \(p99) µs")
    crowd.stop()
    _ = loop.run(until: { crowd.phase == .finished }, before: .max)
}


ThreadPriority.sharpenTimers()
if CommandLine.arguments.count > 1 { try idle(Int(CommandLine.arguments[1]) ?? 1); exit(0) }
try idle(100_000)
try idle(500_000)
try pace(.unlimited, users: 1_000, seconds: 2, "unlimited")
for rate in [1_000, 1_500, 2_500, 10_000, 100_000] {
    try pace(.perSecond(rate), users: 1_000, seconds: 5, "\(rate)/s")
}

enum ThreadPriorityBox {
    static func sharpen() {
        ThreadPriority.sharpenTimers()
        _ = ThreadPriority.makeRealTime()
    }
}
