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
                    JSON.Member(name: name, value: json(throttle.counts))
                }
            ),
            "lateness_ns": [
                "p50": .integer(late.value(atPercentile: 50)),
                "p99": .integer(late.value(atPercentile: 99)), "max": .integer(late.max),
            ],
        ]
    }

    private static func json(_ counts: Throttle.Counts) -> JSON {
        [
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
