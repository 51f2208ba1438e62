internal import Bench
internal import Histogram
internal import JSON
internal import Usage

/// What a scenario's `events.jsonl` holds: how often what happened, and what of it explains the figures.
struct ScenarioEvents: Sendable, Hashable {
    /// How often each kind of event stands in it.
    private(set) var counts: [String: Int64] = [:]
    /// Users whose end is an error.
    private(set) var failedUsers: Int64 = 0
    /// Lines that are no events.
    private(set) var damaged = 0
    /// Why it cannot be read; `nil` if it can.
    private(set) var fault: String?
    private var notable: [Event] = []
    private var changes: [Change] = []

    /// A throttle's new rate.
    private struct Change: Sendable, Hashable {
        let throttle: String
        let time: Double
        let rate: String
        /// Whether nothing else happened to the throttle since its last change.
        let goesOn: Bool
    }

    /// Rates that follow each other faster than this, in seconds, are steps of one ramp.
    private static let longestStep = 5.0
    /// Fewer changes than these are shown one by one.
    private static let fewestSteps = 3

    /// Reads a trial's file, line by line: it may have millions.
    init(of folder: String) {
        var steady: Set<String> = []
        do {
            let lines = try LineReader(path: folder + "/events.jsonl")
            while let line = try lines.next({ line, _ in String(decoding: line, as: UTF8.self) }) {
                guard let event = try? JSON(parsing: line), let kind = event["kind"]?.shortText,
                    let time = event["time_ns"]?.wholeNumber
                else {
                    damaged += 1
                    continue
                }
                counts[kind, default: 0] += 1
                note(event, kind, at: Double(time) / 1e9, &steady)
            }
        } catch {
            fault = "\(error)"
        }
    }

    private mutating func note(
        _ event: JSON,
        _ kind: String,
        at time: Double,
        _ steady: inout Set<String>
    ) {
        func add(_ text: String) { notable.append(Event(time: time, text: text)) }
        let users = event["users"]?.wholeNumber.map { Int($0).of("user") } ?? "users"
        switch kind {
        case "user-ended": if event["error"].map({ $0 != .null }) ?? false { failedUsers += 1 }
        case "users-added": add("\(users) added")
        case "users-removed": add("\(users) told to end")
        case "user-rate": add("users start at \(event["rate"]?.shortText ?? "another rate")")
        case "setting":
            let (name, value) = (event["name"]?.shortText ?? "", event["value"]?.shortText ?? "")
            add("setting \(name) is now \(value)")
        case "stop": add("all users told to end")
        case "throttle":
            let name = event["name"]?.shortText ?? ""
            let rate = Self.rate(event["pace"]?.shortText ?? "")
            switch event["event"]?.shortText {
            case "rate":
                let goesOn = !steady.insert(name).inserted
                changes.append(Change(throttle: name, time: time, rate: rate, goesOn: goesOn))
            case "paused", "resumed":
                steady.remove(name)
                add("throttle \(name) \(event["event"]?.shortText ?? "")")
            default: steady.remove(name)
            }
        default: break
        }
    }

    /// Finds what happened between start and end, in the order of the times.
    func all(length: Double) -> [Event] {
        let events = (notable + rates).filter { $0.time >= 0 && $0.time <= length }
        return events.sorted { ($0.time, $0.text) < ($1.time, $1.text) }
    }

    /// Changes of rates; a ramp, which changes its throttle ten times a second, is one event.
    private var rates: [Event] {
        Dictionary(grouping: changes, by: \.throttle).flatMap { name, changes -> [Event] in
            var runs: [[Change]] = []
            for change in changes {
                if change.goesOn, let last = runs.last?.last,
                    change.time - last.time <= Self.longestStep
                {
                    runs[runs.count - 1].append(change)
                } else {
                    runs.append([change])
                }
            }
            return runs.flatMap { run -> [Event] in
                guard run.count >= Self.fewestSteps, let first = run.first, let last = run.last
                else {
                    return run.map { Event(time: $0.time, text: "throttle \(name): \($0.rate)") }
                }
                let text =
                    "throttle \(name): \(first.rate), then in steps to \(last.rate) at "
                    + "\(decimals(last.time, 1)) s"
                return [Event(time: first.time, text: text)]
            }
        }
    }

    /// A pace as a rate each second, such as `10.0/s`; as it stands if it is none.
    static func rate(_ pace: String) -> String {
        let numbers = pace.split { !$0.isNumber }.compactMap { Double($0) }
        guard pace.hasPrefix("permits("), numbers.count == 2, numbers[1] > 0 else { return pace }
        return rateText(numbers[0] * 1e9 / numbers[1]) + "/s"
    }
}
