internal import Bench
private import Foundation
internal import JSON
internal import Usage

/// What a trial's evidence says of things that happened during its load.
enum Events {
    /// Finds them, in the order of their times.
    ///
    /// - Parameters:
    ///   - trial: The trial.
    ///   - snapshot: Its metrics.
    ///   - length: How long the load lasted, in seconds.
    /// - Returns: What happened between its start and its end.
    static func all(of trial: TrialFolder, _ snapshot: Snapshot, length: Double) -> [Event] {
        if let scenario = trial.check.scenario { return scenario.all(length: length) }
        guard let start = trial.start else { return [] }
        let began = starts(snapshot, start, length)
        let events =
            began + watched(snapshot, start, length)
            + commands(trial.commands, start, length) + faults(trial.record, start)
            + processes(trial.record, start, length, known: began)
            + attached(trial.record, start)
        return events.sorted { ($0.time, $0.text) < ($1.time, $1.text) }
    }

    /// Databases and machines that were started during the load, by the time that they say.
    private static func starts(_ snapshot: Snapshot, _ start: Double, _ length: Double) -> [Event] {
        NodeMetric.starts.flatMap { series, what in
            snapshot.samples.filter { $0.key.series == series }.flatMap { key, samples in
                Set(samples.values.map { $0.sum.rounded() }).map { $0 - start }
                    .filter { $0 > 0 && $0 <= length }
                    .map { Event(time: $0, text: "\(key.node): \(what) was started") }
            }
        }
    }

    /// Exporters that stopped answering, answered again, or joined.
    private static func watched(_ snapshot: Snapshot, _ start: Double, _ length: Double) -> [Event]
    {
        var events: [Event] = []
        let watched = snapshot.samples.filter { $0.key.series == "up" }
        let first = watched.values.compactMap { $0.keys.min() }.min() ?? 0
        for (key, samples) in watched {
            let what = key.mode == "node" ? "the machine" : key.mode
            let times = samples.keys.sorted()
            // scrapes come once a second; a target that comes later was added
            if let own = times.first, own > first + 5_000 {
                events.append(
                    Event(time: Double(own) / 1_000 - start, text: "\(key.node): \(what) joined")
                )
            }
            var isUp = true
            for time in times {
                let now = (samples[time]?.sum ?? 0) > 0
                if now != isUp {
                    let text = now ? "answers again" : "no longer answers"
                    events.append(
                        Event(
                            time: Double(time) / 1_000 - start,
                            text: "\(key.node): the exporter of \(what) \(text)"
                        )
                    )
                }
                isUp = now
            }
        }
        return events.filter { $0.time > 0 && $0.time <= length }
    }

    /// Faults that the trial injected, by the times that their nodes noted.
    static func faults(_ record: JSON, _ start: Double) -> [Event] {
        guard case .array(let stresses) = record["stresses"] else { return [] }
        return stresses.flatMap { stress -> [Event] in
            guard case .array(let faults) = stress["injected"] else { return [] }
            return faults.flatMap { fault -> [Event] in
                let text = fault["text"]?.shortText ?? "a fault"
                let times = [("began", "fault: \(text)"), ("ended", "fault is over: \(text)")]
                return times.compactMap { key, text in
                    fault[key]?.double.map { Event(time: $0 - start, text: text) }
                }
            }
        }
    }

    /// Databases that were no longer what they were before the load, where no metric says when that began.
    ///
    /// They stand at the end of the load: just behind it each stress looked again.
    static func processes(
        _ record: JSON,
        _ start: Double,
        _ length: Double,
        known: [Event] = []
    ) -> [Event] {
        var events: [Event] = []
        for stress in record["stresses"]?.elements ?? [] {
            let time = stress["after"]?["time"]?.shortText
            let end = time.flatMap(seconds).map { min(max(0, $0 - start), length) } ?? length
            for member in stress["before"]?["nodes"]?.members ?? [] {
                let (node, was) = (member.name, member.value["process"])
                guard let was, let now = stress["after"]?["nodes"]?[node]?["process"] else {
                    continue
                }
                let state = now["state"]?.shortText ?? "active"
                if state != "active", was["state"]?.shortText == "active" {
                    let text =
                        "\(node): the database no longer runs (\(state)), as seen after the load"
                    events.append(Event(time: end, text: text))
                } else if now["invocation"] != was["invocation"]
                    || now["restarts"] != was["restarts"],
                    !known.contains(where: { $0.text.hasPrefix("\(node): the database") })
                {
                    let text = "\(node): the database was started anew, as seen after the load"
                    events.append(Event(time: end, text: text))
                }
            }
        }
        return events
    }

    /// Where another script went on with a trial whose own was gone; behind the end of the load the list
    /// alone shows it.
    static func attached(_ record: JSON, _ start: Double) -> [Event] {
        (record["stresses"]?.elements ?? []).compactMap { stress in
            guard let time = stress["attached"]?["time"]?.shortText, let now = seconds(time) else {
                return nil
            }
            let late = stress["attached"]?["seconds_behind_end"]?.double ?? 0
            let behind = late > 0 ? ", \(decimals(late, 1)) s behind the end of its load" : ""
            return Event(time: now - start, text: "a script attached to the trial\(behind)")
        }
    }

    /// What the tool itself does about a load, by the titles of its scripts.
    private static let own: Set<String> = [
        "look at the load tool", "start the load tool", "stop the load tool",
        "note the state of this node",
    ]

    /// Commands that a script ran during the load, without those by which the tool itself looks after it.
    ///
    /// What a node was told three times or more is a look as well, whatever its arguments.
    static func commands(_ all: [CommandLine], _ start: Double, _ length: Double) -> [Event] {
        let often = Dictionary(grouping: all) { "\($0.node)\u{0}\(title(of: $0.command))" }
        var found: [String: (time: Double, nodes: [String])] = [:]
        for command in all {
            // the first line of a script says what it does
            let text = title(of: command.command)
            guard let time = seconds(command.start).map({ $0 - start }), time > 0.5,
                time + command.seconds < length, !isOwn(command.command, text),
                (often["\(command.node)\u{0}\(text)"]?.count ?? 0) < 3
            else { continue }
            let key = "\(text) \(Int(time / 2))"
            found[key, default: (time, [])].nodes.append(command.node)
        }
        return found.map { key, value in
            let text = key.prefix(upTo: key.lastIndex(of: " ") ?? key.endIndex)
            let nodes = Set(value.nodes).sorted().joined(separator: ", ")
            return Event(time: value.time, text: "\(nodes): \(text)")
        }
    }

    /// Whether the tool itself runs this about a load, in the load's own folder or to fetch from there.
    private static func isOwn(_ command: String, _ title: String) -> Bool {
        own.contains(title) || command.contains("/var/lib/prov/stress/")
    }

    /// What a command does: the comment at the head of a script, or the command itself.
    static func title(of command: String) -> String {
        let parts = command.split(separator: " <<< ", maxSplits: 1)
        let script = parts.count > 1 ? parts[1] : parts.first ?? ""
        let lines = script.split(separator: "\n")
        let line = lines.first { $0.hasPrefix("# ") }.map { $0.dropFirst(2) } ?? lines.first ?? ""
        return String(line.prefix(120))
    }

    /// RFC 3339 in seconds since 1970; `nil` if it is none.
    static func seconds(_ text: String) -> Double? {
        let formats = [true, false].map { Date.ISO8601FormatStyle(includingFractionalSeconds: $0) }
        // what is no time in one form may be one in the other
        return formats.lazy.compactMap { try? $0.parse(text) }.first?.timeIntervalSince1970
    }
}
