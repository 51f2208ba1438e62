internal import Histogram
internal import LoadResult

/// What `/metrics` says: the text format of Prometheus, version 0.0.4.
enum RunMetrics {
    static func text(_ facts: RunFacts) -> String {
        var text = MetricText()
        addRun(facts, to: &text)
        addUsers(facts.counts, to: &text)
        addThrottles(facts.agent.throttles, to: &text)
        addMeasures(facts.agent.telemetry.measures, to: &text)
        let events = facts.agent.telemetry.counts.sorted { $0.key < $1.key }
        text.family("scenario_events_total", .counter, "What happened, by kind.")
        for (kind, count) in events { text.sample([("kind", kind)], count) }
        let failures = facts.agent.coordinatorFailures.values.reduce(0, +)
        text.family(
            "scenario_coordinator_failures_total",
            .counter,
            "Actions of coordinators that failed."
        )
        text.sample([], failures)
        return text.text
    }

    private static func addRun(_ facts: RunFacts, to text: inout MetricText) {
        text.family("scenario_info", .gauge, "The scenario that runs here.")
        text.sample([("scenario", facts.scenario)], 1)
        text.family("scenario_state", .gauge, "1 for the state that the run is in, 0 for others.")
        for word in RunFacts.words { text.sample([("state", word)], word == facts.status ? 1 : 0) }
        text.family("scenario_run_seconds", .gauge, "How long the run has taken so far.")
        text.sample([], seconds(facts.time))
        text.family(
            "scenario_loop_lateness_seconds",
            .gauge,
            "How late the loop itself was, looked at every 10 ms, by percentiles."
        )
        for (percentile, value) in [
            ("50", facts.lateness.value(atPercentile: 50)),
            ("99", facts.lateness.value(atPercentile: 99)), ("100", facts.lateness.max),
        ] { text.sample([("percentile", percentile)], seconds(value)) }
    }

    private static func addUsers(_ counts: Crowd.Counts, to text: inout MetricText) {
        text.family("scenario_users", .gauge, "Users that run, and that wait to start.")
        text.sample([("state", "running")], counts.running)
        text.sample([("state", "waiting")], counts.waiting)
        text.family("scenario_users_started_total", .counter, "Users that have started.")
        text.sample([], counts.running + counts.ended + counts.failed + counts.removed)
        text.family(
            "scenario_users_ended_total",
            .counter,
            "Users that came to their end: by themselves, by an error, or because they were told to."
        )
        text.sample([("how", "ended")], counts.ended)
        text.sample([("how", "failed")], counts.failed)
        text.sample([("how", "removed")], counts.removed)
        text.family(
            "scenario_users_abandoned_total",
            .counter,
            "Users that did not end when they were told to; they stand among those removed too."
        )
        text.sample([], counts.abandoned)
        text.family(
            "scenario_connections_left_open_total",
            .counter,
            "Connections that users left open when they ended."
        )
        text.sample([], counts.leftOpen)
    }

    private static func addThrottles(
        _ throttles: [String: Throttle],
        to text: inout MetricText
    ) {
        let all = throttles.sorted { $0.key < $1.key }.map(\.value)
        func each(
            _ name: String,
            _ kind: MetricText.Kind,
            _ help: String,
            _ value: (Throttle) -> Double?
        ) {
            text.family("scenario_throttle_" + name, kind, help)
            for throttle in all {
                if let value = value(throttle) { text.sample([("throttle", throttle.name)], value) }
            }
        }
        each("rate_per_second", .gauge, "The rate that was asked for; +Inf if nothing limits.") {
            $0.pace.perSecond
        }
        each("paused", .gauge, "1 while it gives no permit.") { $0.isPaused ? 1 : 0 }
        each("ramping", .gauge, "1 while its rate changes by a ramp.") { $0.isRamping ? 1 : 0 }
        each("waiting", .gauge, "Users that wait for a permit.") { Double($0.waiting) }
        each("requests_total", .counter, "Permits that were asked for.") {
            Double($0.counts.requests)
        }
        each("permits_total", .counter, "Permits that were given.") { Double($0.counts.permits) }
        each(
            "latest_seconds",
            .gauge,
            "The longest time between when a permit was due and when it was given."
        ) { seconds($0.counts.latest) }
        each("unsent_total", .counter, "Messages that were not sent.") { Double($0.counts.unsent) }
        each("failures_total", .counter, "Pieces of its work that failed.") {
            Double($0.counts.failures)
        }
    }

    private static func addMeasures(_ measures: Measures, to text: inout MetricText) {
        let all = Array(zip(measures.series.map(\.name), measures.totals))
        text.family(
            "scenario_measure_response_seconds",
            .histogram,
            "From when it was due to its end, failures included."
        )
        for (name, totals) in all {
            if let times = totals.response { text.histogram([("measure", name)], times) }
        }
        text.family(
            "scenario_measure_service_seconds",
            .histogram,
            "From its beginning to its end, failures included."
        )
        for (name, totals) in all { text.histogram([("measure", name)], totals.service) }
        text.family("scenario_measure_failures_total", .counter, "Those that failed.")
        for (name, totals) in all { text.sample([("measure", name)], totals.failed) }
        text.family("scenario_measures_under_way", .gauge, "Measurements that have not ended.")
        text.sample([], measures.underWay)
        text.family(
            "scenario_measures_cut_total",
            .counter,
            "Measurements that were cut off because their users were told to end."
        )
        text.sample([], measures.cut)
    }

    private static func seconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1e9 }
}

extension MetricText {
    /// Adds the samples of a histogram.
    mutating func histogram(
        _ labels: [(name: String, value: String)],
        _ times: MeasureTotals.Times
    ) {
        histogram(
            labels,
            bounds: MeasureTotals.Times.bounds,
            counts: times.counts,
            sum: Double(times.sum)
        )
    }
}
