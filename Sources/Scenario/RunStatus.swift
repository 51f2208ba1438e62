internal import Histogram
internal import JSON

/// What `/status`, `/settings` and `/throttles` say.
enum RunStatus {
    static func json(_ facts: RunFacts) -> JSON {
        let counts = facts.counts
        let measures = facts.agent.telemetry.measures
        return [
            "scenario": .string(facts.scenario),
            "status": .string(facts.status),
            "failure": facts.failure.map { .string($0) } ?? .null,
            "time_ns": .integer(facts.time),
            "users": [
                "running": number(counts.running), "waiting": number(counts.waiting),
                "highest": number(counts.highest), "ended": number(counts.ended),
                "failed": number(counts.failed), "removed": number(counts.removed),
                "abandoned": number(counts.abandoned),
                "rate": facts.userRate.map { .string($0.text) } ?? .null,
            ],
            "throttles": throttles(facts.agent.throttles),
            "measures": .array(
                zip(measures.series, measures.totals).map { series, totals in
                    [
                        "name": .string(series.name),
                        "ended": number(totals.service.counts.reduce(0, +)),
                        "failed": number(totals.failed),
                        // Of what ended since the last line of the run, which is printed once a second.
                        "p50_ns": percentile(series, 50), "p99_ns": percentile(series, 99),
                    ]
                }
            ),
            "settings": .object(
                facts.agent.settings.all.sorted { $0.key < $1.key }.map {
                    JSON.Member(name: $0, value: .string($1))
                }
            ),
            "lateness_ns": [
                "p99": .integer(facts.lateness.value(atPercentile: 99)),
                "max": .integer(facts.lateness.max),
            ],
            "problems": .array(facts.problems.map { .string($0) }),
        ]
    }

    private static func percentile(_ series: Measures.Series, _ percentile: Double) -> JSON {
        series.live.count == 0 ? .null : .integer(series.live.value(atPercentile: percentile))
    }

    static func settings(_ agent: Agent) -> JSON {
        .array(
            agent.settings.table.map { row in
                [
                    "name": .string(row.name), "value": .string(row.value),
                    "meaning": .string(row.meaning),
                ]
            }
        )
    }

    static func throttles(_ throttles: [String: Throttle]) -> JSON {
        .array(throttles.sorted { $0.key < $1.key }.map { json($0.value) })
    }

    static func json(_ throttle: Throttle) -> JSON {
        let counts = throttle.counts
        return [
            "name": .string(throttle.name), "rate": .string(throttle.pace.text),
            "paused": .bool(throttle.isPaused), "ramping": .bool(throttle.isRamping),
            "stopped": .bool(throttle.isStopped), "waiting": number(throttle.waiting),
            "requests": number(counts.requests), "permits": number(counts.permits),
            "latest_ns": .integer(counts.latest), "unsent": number(counts.unsent),
            "failures": number(counts.failures),
        ]
    }

    private static func number(_ value: Int) -> JSON { .integer(Int64(value)) }
}
