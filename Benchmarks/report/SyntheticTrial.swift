import Bench
import Foundation
import Histogram
import JSON
import Statistics

/// A trial whose latencies are log-normal, alike from second to second, with a stall now and then.
struct SyntheticTrial {
    let path: String
    let label: String
    let fsync: String
    let start: Int
    let seconds: Int
    let factor: Double
    let seed: UInt64

    private static let clients = ["client-0", "client-1"]
    private static let servers = ["server-0", "server-1", "server-2"]
    private static let perSecond = 500

    /// Makes it, and returns the median and 99th percentile of `WRITE-rt` in ns.
    func make() async throws -> [Double] {
        for (index, client) in Self.clients.enumerated() { try writeLog(of: client, index) }
        let stress = "\(path)/stress"
        let window = Window(from: .seconds(1), to: .seconds(seconds))
        let summary = try await Summary(of: [stress], in: window)
        try write(summary.json + "\n", to: "summary.json")
        try writeRecord()
        try writeCommands()
        try writeMetrics()
        return ["p50_ns", "p99_ns"].compactMap { summary.figure($0, of: "WRITE-rt") }
    }

    private func write(_ text: String, to name: String) throws {
        let file = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: file)
    }

    private func writeLog(of client: String, _ index: Int) throws {
        var generator = SeededGenerator(seed: seed * 100 + UInt64(index))
        let begin = Duration.seconds(start)
        let writer = IntervalLogWriter(startTime: begin, baseTime: begin)
        var text = writer.header()
        var drift = 0.0
        let run = 1 + 0.02 * generator.nextNormal()
        for second in 0..<seconds {
            drift = 0.8 * drift + 0.03 * generator.nextNormal()
            let stall = second % 97 == 60 ? 20.0 : 1
            for (operation, base) in [("READ", 200_000.0), ("WRITE", 350_000.0 * factor)] {
                var response = try Histogram(highestTrackable: 3_600_000_000_000)
                var service = response
                for request in 0..<Self.perSecond {
                    let noise = exp(0.4 * generator.nextNormal() + drift)
                    let slow = request % 50 == 0 ? stall : 1
                    let value = Int64(base * run * noise * slow)
                    try service.record(value)
                    try response.record(value + 40_000)
                }
                for (suffix, histogram) in [("rt", response), ("st", service)] {
                    text += writer.line(
                        tag: "\(operation)-\(suffix)",
                        start: .seconds(second),
                        length: .seconds(1),
                        histogram: histogram
                    )
                }
            }
        }
        try write(text, to: "stress/mixed/\(client)/log.hdr")
        let due = 2 * Self.perSecond * seconds
        try write(
            """
            {"rate": 2000.0, "duration": \(seconds)000000000, "keys": 500000, "part": \(index + 1), \
            "parts": 2, "due": \(due), "sent": \(due), "settled": \(due), "late": \(index), \
            "latest": 1200000, "busiestLoop": 0.21, "writeFraction": 0.5}

            """,
            to: "stress/mixed/\(client)/result.json"
        )
    }

    private func writeRecord() throws {
        func moment(_ after: Bool) -> [String: Any] {
            var nodes: [String: Any] = [:]
            for (index, node) in (Self.clients + Self.servers).enumerated() {
                let ticks = after ? 200 * seconds : 0
                nodes[node] = [
                    "ticks": 1_000 + ticks, "stolen_ticks": 10 + ticks / 400,
                    "process": node.hasPrefix("server")
                        ? ["invocation": "start-\(index)", "number": 100 + index] : [:],
                ]
            }
            return [
                "nodes": nodes, "versions": ["server-0": "7.0.15", "server-1": "7.0.15"],
                "time": "2026-11-29T12:00:00Z",
            ]
        }
        let facts = Dictionary(
            uniqueKeysWithValues: (Self.clients + Self.servers).enumerated().map { index, node in
                (
                    node,
                    ["kernel": "6.1.0", "processors": "\(2 + index % 2)", "system": "Debian 12"]
                )
            }
        )
        let record: [String: Any] = [
            "deployment": "made", "deployment_id": "0123abcd", "label": label,
            "started": Date(timeIntervalSince1970: Double(start)).formatted(.iso8601),
            "ended": Date(timeIntervalSince1970: Double(start + seconds)).formatted(.iso8601),
            "valid": true, "validity": "questionable", "reasons": [String](),
            "warnings": [
                "mixed: client-1: sent 1.04 % of its requests more than 1 ms late (limit 1 %)"
            ],
            "dataset": "base", "dataset_keys": 500_000, "git_revision": "f00d", "git_dirty": false,
            "settings": ["all": ["appendfsync": fsync, "appendonly": "yes", "hz": "10"]],
            "nodes": facts, "configs": ["configs/local/local.yml": "sha256:00ff"],
            "load": ["mixed": ["operations_per_second": 2_000, "seconds": seconds]],
            "stresses": [
                ["name": "mixed", "before": moment(false), "after": moment(true), "changed": [:]]
            ],
        ]
        let data = try JSONSerialization.data(
            withJSONObject: record,
            options: [.prettyPrinted, .sortedKeys]
        )
        try write(String(decoding: data, as: UTF8.self) + "\n", to: "trial.json")
    }

    private func writeCommands() throws {
        var lines = ""
        for number in 0..<120 {
            let node = (Self.clients + Self.servers)[number % 5]
            let time = Date(timeIntervalSince1970: Double(start - 120 + number) + 0.5)
                .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            let command =
                "sudo bash -euo pipefail -s <<< # step \(number)\\nset -x\\necho \(number)"
            lines +=
                #"{"command":"\#(command)","duration_seconds":0.012,"node":"\#(node)","#
                + #""start":"\#(time)","status":"0"}"# + "\n"
        }
        let during = Date(timeIntervalSince1970: Double(start) + Double(seconds) / 2)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        lines +=
            #"{"command":"redis-cli config set hz 20","duration_seconds":0.01,"#
            + #""node":"server-1","start":"\#(during)","status":"0"}"# + "\n"
        try write(lines, to: "commands.jsonl")
    }

    /// A snapshot as Prometheus makes it, from text.
    private func writeMetrics() throws {
        var generator = SeededGenerator(seed: seed + 7)
        var series: [String: [String]] = [:]
        for node in Self.clients + Self.servers {
            let group = node.prefix { $0 != "-" }
            let labels = "instance=\"\(node)\",group=\"\(group)\",job=\"node\""
            var idle = 0.0
            var bytes = 0.0
            for second in -1...seconds {
                func add(_ name: String, _ more: String, _ value: Double) {
                    series[name, default: []]
                        .append("\(name){\(labels)\(more)} \(value) \(start + second)")
                }
                idle += 0.6 + 0.05 * generator.nextNormal()
                bytes += 2_000_000 + 100_000 * generator.nextNormal()
                for processor in 0..<2 {
                    add("node_cpu_seconds_total", ",cpu=\"\(processor)\",mode=\"idle\"", idle)
                    add(
                        "node_cpu_seconds_total",
                        ",cpu=\"\(processor)\",mode=\"steal\"",
                        Double(second + 1) * 0.01
                    )
                }
                add("node_memory_MemAvailable_bytes", "", 3e9 + 1e7 * generator.nextNormal())
                add("node_network_receive_bytes_total", ",device=\"eth0\"", bytes)
                add("node_network_transmit_bytes_total", ",device=\"eth0\"", bytes * 1.1)
                add("node_disk_written_bytes_total", ",device=\"vda\"", bytes / 3)
                add("up", "", 1)
                guard group == "server" else { continue }
                let restarted = node == "server-2" && second > seconds * 2 / 3
                add(
                    "redis_start_time_seconds",
                    "",
                    restarted ? Double(start + seconds * 2 / 3) : Double(start - 500)
                )
                add("redis_commands_processed_total", "", Double(second + 2) * 700)
                add("redis_memory_used_bytes", "", 9e7)
            }
        }
        var text = ""
        for (name, lines) in series.sorted(by: { $0.key < $1.key }) {
            text += "# TYPE \(name) gauge\n" + lines.joined(separator: "\n") + "\n"
        }
        try write(text + "# EOF\n", to: "monitoring/samples")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "promtool", "tsdb", "create-blocks-from", "openmetrics", "\(path)/monitoring/samples",
            "\(path)/monitoring/monitor-0",
        ]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
        try FileManager.default.removeItem(atPath: "\(path)/monitoring/samples")
    }
}
