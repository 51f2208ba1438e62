import Foundation
import TestSupport
import Testing

@testable import Load

@Suite("A load's figures for Prometheus", .timeLimit(.minutes(4)))
struct LoadMetricsTests {
    @Test("count and add up from second to second, with each latency below its bound")
    func text() {
        let second = LiveSecond()
        for _ in 0..<3 { second.record(2_000_000) }
        second.record(20_000_000_000)
        second.counts.note(.timedOut)
        second.counts.late = 2
        second.outstanding = 7
        second.latest = 4_000_000
        var figures = LoadFigures(stress: #"a "b""#, rate: 500)
        figures.add(second)
        figures.add(second)
        let lines = figures.text.split(separator: "\n").map(String.init)
        for line in [
            #"bench_load_rate_per_second{stress="a \"b\""} 500"#,
            "# TYPE bench_load_requests_total counter",
            #"bench_load_requests_total{stress="a \"b\""} 8"#,
            #"bench_load_errors_total{stress="a \"b\""} 2"#,
            #"bench_load_outstanding{stress="a \"b\""} 7"#,
            #"bench_load_latest_seconds{stress="a \"b\""} 0.004"#,
            #"bench_load_late_total{stress="a \"b\""} 4"#,
            #"bench_load_latency_seconds_bucket{stress="a \"b\"",le="0.001"} 0"#,
            #"bench_load_latency_seconds_bucket{stress="a \"b\"",le="0.0025"} 6"#,
            #"bench_load_latency_seconds_bucket{stress="a \"b\"",le="10"} 6"#,
            #"bench_load_latency_seconds_bucket{stress="a \"b\"",le="+Inf"} 8"#,
            #"bench_load_latency_seconds_count{stress="a \"b\""} 8"#,
        ] { #expect(lines.contains(line), "\(line)") }
        // Of a load that replies decide there is no rate, and its figures explain themselves alike:
        // two that differ there are refused by whoever reads both.
        let closed = LoadFigures(stress: "b", rate: nil).text
        #expect(!closed.contains("rate_per_second"))
        let remarks = { (text: String) in text.split(separator: "\n").filter { $0.hasPrefix("#") } }
        #expect(Set(remarks(closed)).isSubset(of: Set(remarks(figures.text))))
    }

    @Test("are read by a real Prometheus while it runs, and gone when it has ended")
    func scraped() async throws {
        let redis = try await RedisServer.start()
        let web = try await NginxServer.start("types { } default_type text/plain;")
        let file = try web.folder.write("", to: "root/load.prom")
        let prometheus = try await PrometheusServer(
            """
            scrape_configs:
              - job_name: load
                scrape_interval: 1s
                metrics_path: /load.prom
                static_configs:
                  - targets: ['\(web.address)']

            """
        )
        let load = try LoadCall(
            "\(redis.address) --rate 400 --duration 10m --part 1/2 --keys 100 --metrics \(file) "
                + "--stress mixed"
        )
        let label = "{stress='mixed'}"
        #expect(try await prometheus.value("bench_load_rate_per_second\(label)") == 200)
        let rate = try await prometheus.value("rate(bench_load_requests_total\(label)[10s])") {
            (100...300).contains($0)
        }
        #expect(rate != nil)
        let median =
            "histogram_quantile(0.5, sum by (le) (rate(bench_load_latency_seconds_bucket[10s])))"
        #expect(try await prometheus.value(median) { $0 > 0 && $0 < 10 } != nil)
        #expect(try await prometheus.value("bench_load_latest_seconds\(label)") { $0 >= 0 } != nil)
        let before = try #require(try await prometheus.value("bench_load_latency_seconds_count"))
        redis.send(SIGSTOP)
        #expect(try await prometheus.value("bench_load_outstanding") { $0 > 100 } != nil)
        redis.send(SIGCONT)
        let all = try await prometheus.value("bench_load_latency_seconds_count") {
            $0 > before + 400
        }
        #expect(all != nil)
        load.process.send(SIGTERM)
        try await load.end(status: 1)
        #expect(!FileManager.default.fileExists(atPath: file))
        #expect(try web.folder.names().contains("root"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: web.folder.path + "/root") == []
        )
    }

    @Test(
        "are refused where they cannot be written, and end no load that they could be written for"
    )
    func broken() async throws {
        let redis = try await RedisServer.start()
        let call = try await LoadCall.run(
            "\(redis.address) --rate 100 --requests 10 --metrics /nowhere/load.prom",
            status: 1
        )
        let says = "/nowhere/load.prom: no such file or directory"
        #expect(call.process.errors.contains(says), "\(call.process.errors)")
        #expect(try redis.calls("get") == 0)
        let folder = try TemporaryFolder()
        let file = try folder.write("", to: "metrics/load.prom")
        let load = try LoadCall("\(redis.address) --rate 100 --duration 10m --metrics \(file)")
        try await load.waitForReports(1)
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        // The node exporter is another user; whoever else is on the client reads nothing.
        #expect(try mode(file) == 0o644 && mode(load.log) == 0o600)
        try FileManager.default.removeItem(atPath: folder.path + "/metrics")
        try await load.waitForReports(load.reports + 3)
        load.process.send(SIGTERM)
        try await load.end(status: 1)
        let lines = load.process.errors.split(separator: "\n").filter { $0.contains("metrics") }
        #expect(lines == ["bench load: no more metrics: \(file): no such file or directory"])
    }
}
