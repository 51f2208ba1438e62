/// A figure of the nodes over time, made of what Prometheus kept.
struct NodeMetric: Sendable {
    /// How samples become the figure.
    enum Rule: Sendable {
        /// The sum of the series as it is, times a factor.
        case value(Double)
        /// By how much the sum rises in a second, times a factor.
        case rate(Double)
        /// The share of a second by which the mean of the series rises, in percent.
        case share
        /// What is left of 100 % of it.
        case restOfShare
    }

    let title: String
    let unit: String
    /// The series' name.
    let series: String
    /// The label `mode` that they have; `nil` for those without.
    var mode: String?
    let rule: Rule
    /// Whether it is the host's on a machine that is a container.
    var isOfHost = false

    /// What a machine counts that has figures of its own, being a container.
    static let ownProcessors = "prov_machine_cpu_seconds_total"

    static let all = [
        NodeMetric(
            title: "processors busy",
            unit: "% of all cores",
            series: "node_cpu_seconds_total",
            mode: "idle",
            rule: .restOfShare,
            isOfHost: true
        ),
        NodeMetric(
            title: "processors busy",
            unit: "cores",
            series: ownProcessors,
            rule: .rate(1)
        ),
        NodeMetric(
            title: "processor time withheld by its limit",
            unit: "s per second",
            series: "prov_machine_cpu_throttled_seconds_total",
            rule: .rate(1)
        ),
        NodeMetric(
            title: "something waits for a processor (pressure)",
            unit: "% of the time",
            series: "prov_machine_pressure_cpu_waiting_seconds_total",
            rule: .rate(100)
        ),
        NodeMetric(
            title: "processor time taken by other machines (steal)",
            unit: "% of all cores",
            series: "node_cpu_seconds_total",
            mode: "steal",
            rule: .share
        ),
        NodeMetric(
            title: "memory available",
            unit: "GB",
            series: "node_memory_MemAvailable_bytes",
            rule: .value(1e-9),
            isOfHost: true
        ),
        NodeMetric(
            title: "memory in use, without files that were not read lately",
            unit: "MB",
            series: "prov_machine_memory_working_bytes",
            rule: .value(1e-6)
        ),
        NodeMetric(
            title: "something waits for memory (pressure)",
            unit: "% of the time",
            series: "prov_machine_pressure_memory_waiting_seconds_total",
            rule: .rate(100)
        ),
        NodeMetric(
            title: "network, received",
            unit: "MB/s",
            series: "node_network_receive_bytes_total",
            rule: .rate(1e-6)
        ),
        NodeMetric(
            title: "network, sent",
            unit: "MB/s",
            series: "node_network_transmit_bytes_total",
            rule: .rate(1e-6)
        ),
        NodeMetric(
            title: "disks, written",
            unit: "MB/s",
            series: "node_disk_written_bytes_total",
            rule: .rate(1e-6),
            isOfHost: true
        ),
        NodeMetric(
            title: "something waits for a disk (pressure)",
            unit: "% of the time",
            series: "prov_machine_pressure_io_waiting_seconds_total",
            rule: .rate(100)
        ),
        NodeMetric(
            title: "database, commands",
            unit: "per second",
            series: "redis_commands_processed_total",
            rule: .rate(1)
        ),
        NodeMetric(
            title: "database, memory",
            unit: "MB",
            series: "redis_memory_used_bytes",
            rule: .value(1e-6)
        ),
    ]

    /// What says when something began: a new value is a new start.
    static let starts = [
        (series: "redis_start_time_seconds", what: "the database"),
        (series: "node_boot_time_seconds", what: "the machine"),
    ]

    /// The figure over time.
    ///
    /// - Parameter samples: By time in ms: the sum over the series, and how many there were.
    /// - Returns: In order of time; the time is that of the later sample.
    func figures(_ samples: [(time: Int64, sum: Double, count: Int)]) -> [(Int64, Double)] {
        if case .value(let factor) = rule { return samples.map { ($0.time, $0.sum * factor) } }
        return zip(samples, samples.dropFirst()).compactMap { last, next in
            let seconds = Double(next.time - last.time) / 1_000
            // a counter that falls was started anew; series that come or go would be a jump
            guard seconds > 0, next.sum >= last.sum, next.count == last.count else { return nil }
            let rise = (next.sum - last.sum) / seconds
            let share = min(1, rise / Double(max(1, next.count)))
            return switch rule {
            case .value, .rate(1): (next.time, rise)
            case .rate(let factor): (next.time, rise * factor)
            case .share: (next.time, 100 * share)
            case .restOfShare: (next.time, 100 * (1 - share))
            }
        }
    }
}
