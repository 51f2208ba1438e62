internal import JSON
internal import Histogram

/// What a run leaves as `trial.json`.
enum ProgramRecord {
    static func json(
        _ name: String,
        _ facts: ProgramReport.Facts,
        _ agent: Agent,
        reasons: [String],
        began: Int64,
        isInterrupted: Bool
    ) -> JSON {
        let counts = facts.counts
        let late = facts.lateness
        return [
            "scenario": .string(name),
            "valid": .bool(reasons.isEmpty),
            "reasons": .array(reasons.map { .string($0) }),
            "ending": .string(isInterrupted ? "stopped" : "complete"),
            "start_ns": .integer(began),
            "length_ns": .integer(facts.length),
            "asked": asked(facts.asked),
            "steered": .array(facts.steered.map(command)),
            "settings": .object(texts(agent.settings.all)),
            "users": [
                "highest": number(counts.highest), "ended": number(counts.ended),
                "failed": number(counts.failed), "removed": number(counts.removed),
                "abandoned": number(counts.abandoned),
                "connections_left_open": number(counts.leftOpen),
            ],
            "failures": .object(numbers(facts.failures)),
            "coordinator_failures": .object(numbers(facts.coordinatorFailures)),
            "events": .object(numbers(agent.telemetry.counts)),
            "measurements_cut": number(agent.telemetry.measures.cut),
            "throttles": .object(
                agent.throttles.sorted { $0.key < $1.key }.map { name, throttle in
                    JSON.Member(name: name, value: json(throttle))
                }
            ),
            "lateness_ns": [
                "p50": .integer(late.value(atPercentile: 50)),
                "p99": .integer(late.value(atPercentile: 99)), "max": .integer(late.max),
            ],
        ]
    }

    private static func asked(_ asked: ProgramReport.Asked) -> JSON {
        [
            "users": number(asked.users), "user_rate": .string(asked.rate.text),
            "for_ns": asked.length.map { .integer($0.nanoseconds) } ?? .null,
            "seed": .integer(Int64(clamping: asked.seed)),
        ]
    }

    private static func command(_ event: TelemetryEvent) -> JSON {
        [
            "time_ns": .integer(event.time), "command": event.fields["command"] ?? .null,
            "with": event.fields["with"] ?? .null,
        ]
    }

    private static func json(_ throttle: Throttle) -> JSON {
        let counts = throttle.counts
        return [
            "pace": .string(throttle.pace.text),
            "requests": number(counts.requests), "permits": number(counts.permits),
            "latest_ns": .integer(counts.latest), "unsent": number(counts.unsent),
            "failures": number(counts.failures),
        ]
    }

    private static func number(_ value: Int) -> JSON { .integer(Int64(value)) }

    private static func numbers(_ values: [String: Int]) -> [JSON.Member] {
        values.sorted { $0.key < $1.key }.map { JSON.Member(name: $0, value: number($1)) }
    }

    private static func texts(_ values: [String: String]) -> [JSON.Member] {
        values.sorted { $0.key < $1.key }.map { JSON.Member(name: $0, value: .string($1)) }
    }
}
