internal import JSON
internal import Usage

/// What a door answered, as people read it.
enum ControlAnswer {
    static func text(_ call: ControlCall, _ answer: JSON) -> String {
        switch call.path {
        case "/status": status(answer)
        case "/settings": settings(answer)
        case "/throttles", "/throttles/pause", "/throttles/resume": throttles(array(answer))
        case "/throttles/change", "/throttles/ramp": throttles([answer])
        case "/users/add": "\(whole(answer["added"]).of("user")) added"
        case "/users/remove": removed(answer)
        case "/users/rate": "users start \(pace(answer["rate"]))"
        default: "the run is \(string(answer["status"]))"
        }
    }

    private static func status(_ answer: JSON) -> String {
        let users = answer["users"] ?? .null
        let seconds = decimals(Double(whole(answer["time_ns"])) / 1e9, 1)
        var lines = ["\(string(answer["scenario"])): \(string(answer["status"])), \(seconds) s"]
        if case .string(let reason) = answer["failure"] { lines[0] += ": \(reason.printableLine)" }
        var text = "users  \(whole(users["running"]).grouped) running"
        for name in ["waiting", "ended", "failed", "removed", "abandoned"] {
            let count = whole(users[name])
            if count > 0 { text += ", \(count.grouped) \(name)" }
        }
        if case .string = users["rate"] { text += "; they start \(pace(users["rate"]))" }
        lines.append(text)
        let measures = array(answer["measures"])
        if !measures.isEmpty {
            lines += table(
                ["measure", "ended", "failed", "p50 ms", "p99 ms"],
                measures.map { measure in
                    [
                        string(measure["name"]), whole(measure["ended"]).grouped,
                        whole(measure["failed"]).grouped, milliseconds(measure["p50_ns"]),
                        milliseconds(measure["p99_ns"]),
                    ]
                }
            )
        }
        let limits = array(answer["throttles"])
        if !limits.isEmpty { lines.append(throttles(limits)) }
        lines.append(
            "the loop itself was late by p99 \(milliseconds(answer["lateness_ns"]?["p99"])) ms"
        )
        return (lines + array(answer["problems"]).map { string($0) }).joined(separator: "\n")
    }

    private static func removed(_ answer: JSON) -> String {
        let waiting = whole(answer["waiting"])
        let text = "\(whole(answer["removed"]).of("user")) told to end"
        return waiting == 0 ? text : text + ", \(waiting.grouped) who waited will not start"
    }

    private static func pace(_ rate: JSON?) -> String {
        rate == .string("unlimited") ? "at once" : "at \(string(rate))"
    }

    private static func settings(_ answer: JSON) -> String {
        let rows = array(answer).map { setting in
            "\(string(setting["name"]))=\(string(setting["value"]))  \(string(setting["meaning"]))"
        }
        return rows.isEmpty ? "the scenario has no settings" : rows.joined(separator: "\n")
    }

    private static func throttles(_ all: [JSON]) -> String {
        guard !all.isEmpty else { return "the scenario has no throttles" }
        return table(
            ["throttle", "rate", "permits", "waiting", ""],
            all.map { throttle in
                let states = ["paused", "ramping", "stopped"].filter { throttle[$0] == .bool(true) }
                return [
                    string(throttle["name"]), string(throttle["rate"]),
                    whole(throttle["permits"]).grouped, whole(throttle["waiting"]).grouped,
                    states.joined(separator: ", "),
                ]
            }
        ).joined(separator: "\n")
    }

    // MARK: Values

    private static func array(_ value: JSON?) -> [JSON] {
        if case .array(let values) = value { values } else { [] }
    }

    private static func string(_ value: JSON?) -> String {
        if case .string(let text) = value { text.printableLine } else { "?" }
    }

    private static func whole(_ value: JSON?) -> Int {
        if case .integer(let number) = value { Int(number) } else { 0 }
    }

    private static func milliseconds(_ value: JSON?) -> String {
        guard case .integer(let nanoseconds) = value else { return "-" }
        return decimals(Double(nanoseconds) / 1e6, 2)
    }

    /// Rows below their names: the first column to the left, the others to the right.
    private static func table(_ names: [String], _ rows: [[String]]) -> [String] {
        let all = [names] + rows
        let widths = names.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
