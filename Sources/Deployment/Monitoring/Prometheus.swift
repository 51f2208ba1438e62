import DeploymentState
import Shell

/// Debian's Prometheus on a monitor node, and its exporters on all nodes, as values.
enum Prometheus {
    static let unit = "prometheus.service"
    static let nodeExporter = "prometheus-node-exporter.service"
    static let nodeExporterPort = 9100
    private static let data = "/var/lib/prometheus/metrics2"
    private static let address = "http://127.0.0.1:9090"

    /// The files of a monitor that watches these targets.
    ///
    /// The administration interface is needed for snapshots; Prometheus listens on loopback only.
    static func files(targets: [Target]) -> [RemoteFile] {
        [
            RemoteFile(path: "/etc/prometheus/prometheus.yml", text: configuration(targets)),
            RemoteFile(
                path: "/etc/default/prometheus",
                text: "ARGS=\"--web.listen-address=127.0.0.1:9090 --web.enable-admin-api\"\n"
            ),
        ]
    }

    /// The options of the machines' own exporter, which answers the deployment's other nodes alone.
    static func nodeExporterFile(for node: Node) -> RemoteFile {
        let options =
            ["collector.disable-defaults"] + collectors.map { "collector." + $0 } + [
                "collector.textfile.directory=\(MachineFigures.folder)",
                "web.listen-address=\(node.privateHost):\(nodeExporterPort)",
            ]
        return RemoteFile(
            path: "/etc/default/prometheus-node-exporter",
            text: "ARGS=\"\(options.map { "--" + $0 }.joined(separator: " "))\"\n"
        )
    }

    /// What the exporter reads at each scrape, once a second beside what is measured.
    ///
    /// Its own choice took 9 ms of processor time for that, and this one takes 5 ms.
    private static let collectors = [
        "cpu", "diskstats", "filesystem", "loadavg", "meminfo", "netdev", "netstat", "pressure",
        "sockstat", "stat", "textfile", "time", "uname", "vmstat",
    ]

    /// What Prometheus reads: one exporter of one node.
    struct Target: Sendable, Hashable {
        /// The exporter's kind, such as `node` or `redis`.
        var job: String
        var node: String
        var group: String
        var address: String
        var port: Int
    }

    /// The exporters of all nodes, those of the system behind those of the machines.
    static func targets(_ nodes: [Node], _ system: any System) -> [Target] {
        let machines = nodes.map { ($0, "node", nodeExporterPort) }
        let servers = nodes.filter { $0.group == "server" }
            .map { ($0, system.name, system.exporterPort) }
            .prefix(system.exportsMetrics ? .max : 0)
        return (machines + servers).map { node, job, port in
            Target(
                job: job,
                node: node.name,
                group: node.group,
                address: node.privateHost,
                port: port
            )
        }
    }

    private static func configuration(_ targets: [Target]) -> String {
        var text = "global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\nscrape_configs:\n"
        var last = ""
        for target in targets {
            if target.job != last {
                text += "  - job_name: \(target.job)\n    static_configs:\n"
                last = target.job
            }
            text += """
                      - targets: ["\(target.address):\(target.port)"]
                        labels: {instance: "\(target.node)", group: "\(target.group)"}

                """
        }
        return text
    }

    /// Succeeds when Prometheus has read every target since it started, and names those that it has not.
    ///
    /// Each must have answered once, not all at the same moment: of many on a busy host some are always
    /// late for the one second that a scrape may take.
    static func seesAll(_ count: Int) -> RemoteCall {
        .script(
            """
            # prometheus reads every exporter
            ask() { curl --silent --show-error --fail --max-time 5 "$@"; }
            ask "$1/-/ready" >/dev/null
            started=$(systemctl show --property ActiveEnterTimestampMonotonic --value "$3")
            read -r uptime _ </proc/uptime
            seconds=$((${uptime%.*} - started / 1000000 + 1))
            query() { ask --get "$1/api/v1/query" --data-urlencode "query=$2"; }
            answer=$(query "$1" "count(max_over_time(up[${seconds}s]) == 1) or vector(0)")
            grep -q "\\"$2\\"]" <<<"$answer" && exit 0
            silent=$(query "$1" "max_over_time(up[${seconds}s]) == 0" |
                grep -o '"instance":"[^"]*","job":"[^"]*"' |
                awk -F '"' '{ printf "%s%s of %s", mark, $8, $4; mark = ", " }' || true)
            echo "no answer yet from ${silent:-some that were not asked yet}" >&2
            exit 1
            """,
            arguments: [.plain(address), .plain("\(count)"), .plain(unit)],
            timeLimit: .seconds(20)
        )
    }

    /// Starts Prometheus, or starts it again so that it reads its files.
    static let restart = RemoteCall.root(["systemctl", "restart", .plain(unit)])

    /// Deletes all samples, without a restart, after which Prometheus would scrape nothing for 5 s.
    static let clear = RemoteCall.script(
        """
        # clear prometheus
        ask() { curl --silent --show-error --fail-with-body --max-time 50 --request POST "$@"; }
        ask "$1/api/v1/admin/tsdb/delete_series" --data-urlencode 'match[]={__name__=~".+"}'
        ask "$1/api/v1/admin/tsdb/clean_tombstones"
        """,
        arguments: [.plain(address)]
    )

    /// Answers a PromQL query in Prometheus's JSON.
    static func query(_ expression: String) -> RemoteCall {
        RemoteCall([
            "curl", "--silent", "--show-error", "--fail-with-body", "--max-time", "50", "--get",
            .plain("\(address)/api/v1/query"), "--data-urlencode", .plain("query=\(expression)"),
        ])
    }

    /// Takes a snapshot of all samples as an archive at `path`.
    ///
    /// The archive is the login user's, so that it can be fetched without root.
    static func snapshot(to path: String) -> RemoteCall {
        .script(
            """
            # take a snapshot of prometheus
            answer=$(curl --silent --show-error --fail-with-body --max-time 300 --request POST \\
                "$1/api/v1/admin/tsdb/snapshot")
            name=$(sed -n 's/.*"name":"\\([^"]*\\)".*/\\1/p' <<<"$answer")
            [ -n "$name" ] || { echo "no snapshot: $answer" >&2; exit 1; }
            tar --create --gzip --file "$3" --directory "$2/snapshots/$name" .
            chmod 644 "$3"
            rm -rf "$2/snapshots/$name"
            """,
            arguments: [.plain(address), .plain(data), .plain(path)],
            timeLimit: .seconds(600)
        )
    }
}
