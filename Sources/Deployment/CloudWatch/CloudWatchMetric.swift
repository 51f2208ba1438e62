/// A figure that CloudWatch keeps of a machine.
struct CloudWatchMetric: Sendable, Hashable {
    /// What becomes of the figures within a period.
    enum Statistic: String, Sendable {
        case average = "Average"
        /// Kept by the second, so that periods of any length can be compared.
        case sum = "Sum"
    }

    let namespace: String
    let name: String
    let statistic: Statistic
    /// What it tells; several metrics may tell the same of different machines.
    let topic: String
    /// Who has it, for a machine that has not.
    let source: String

    /// Whether a program on the machine sends it, with dimensions that only CloudWatch knows.
    var isAgents: Bool { namespace == Self.agent }
    /// The unit of what is kept, in CloudWatch's words.
    var unit: String { statistic == .sum ? "Bytes/Second" : "Percent" }
    /// The period that is taken for a single sample's, which tells none: that of basic monitoring, and the
    /// agent's own.
    var usualPeriod: Int { isAgents ? 60 : 300 }

    static let agent = "CWAgent"
    private static let machine = "AWS/EC2"

    /// All that are asked for, in the order of the files.
    static let all =
        [
            CloudWatchMetric(
                namespace: machine,
                name: "CPUUtilization",
                statistic: .average,
                topic: "processors",
                source: always
            ),
            CloudWatchMetric(
                namespace: agent,
                name: "mem_used_percent",
                statistic: .average,
                topic: "memory",
                source: byAgent
            ),
            CloudWatchMetric(
                namespace: agent,
                name: "disk_used_percent",
                statistic: .average,
                topic: "disk space",
                source: byAgent
            ),
            sum("NetworkIn", "received bytes", always), sum("NetworkOut", "sent bytes", always),
        ]
        + [
            ("EBS", "machines on Nitro have it, of their EBS volumes"),
            ("Disk", "machines with instance store volumes have it"),
        ].flatMap { disks, source in
            [
                sum("\(disks)ReadBytes", "bytes read from disks", source),
                sum("\(disks)WriteBytes", "bytes written to disks", source),
            ]
        }

    private static let always = "every machine that runs has it, some minutes later"
    private static let byAgent =
        "CloudWatch's agent sends it; install and start it on the machine"

    private static func sum(_ name: String, _ topic: String, _ source: String) -> CloudWatchMetric {
        CloudWatchMetric(
            namespace: machine,
            name: name,
            statistic: .sum,
            topic: topic,
            source: source
        )
    }
}
