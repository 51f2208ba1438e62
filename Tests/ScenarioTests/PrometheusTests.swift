import Door
import Foundation
import JSON
import TestSupport
import Testing

@Suite("A real Prometheus", .timeLimit(.minutes(3)))
struct PrometheusTests {
    @Test("scrapes a scenario with its token, and has its users, permits and latencies")
    func scrape() async throws {
        let folder = try TemporaryFolder()
        let trial = folder.path + "/trial"
        let token = try folder.write(DoorToken().text + "\n", to: "token")
        chmod(token, 0o600)
        let run = try ChildProcess([
            Programs.path("scenario-template"), "--users", "4", "--user-rate", "unlimited",
            "--set", "greetingRate=6000", "--trial", trial, "--quiet", "--door", "127.0.0.1:0",
            "--door-token", token,
        ])
        try await ChildProcess.waitFor("the door") {
            try run.poll() != nil || DoorFile.find(in: trial)?.isOpen == true
        }
        let place = try #require(try DoorFile.find(in: trial)).content.place
        let config = try folder.write(
            """
            scrape_configs:
              - job_name: scenario
                scrape_interval: 1s
                authorization:
                  credentials_file: \(token)
                static_configs:
                  - targets: ['\(place)']

            """,
            to: "prometheus.yml"
        )
        let prometheus = try ChildProcess([
            "prometheus", "--config.file", config, "--storage.tsdb.path", folder.path + "/data",
            "--web.listen-address", "127.0.0.1:0",
        ])
        var own = ""
        try await ChildProcess.waitFor("prometheus") {
            let line = prometheus.errors.firstMatch(
                of: /msg="Listening on" address=(127\.0\.0\.1:[0-9]+)/
            )
            own = line.map { String($0.1) } ?? ""
            return prometheus.poll() != nil || !own.isEmpty
        }
        /// The value of an expression, once it has one that `condition` wants.
        func value(_ expression: String, _ condition: (Double) -> Bool) async throws -> Double? {
            let end = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < end {
                let curl = try ChildProcess([
                    "curl", "--silent", "--show-error", "--get", "http://\(own)/api/v1/query",
                    "--data-urlencode", "query=\(expression)",
                ])
                _ = try await curl.wait()
                if let answer = try? JSON(parsing: curl.output),
                    case .array(let results) = answer["data"]?["result"],
                    case .array(let pair) = results.first?["value"],
                    case .string(let text) = pair.last, let value = Double(text), condition(value)
                {
                    return value
                }
                try await Task.sleep(for: .milliseconds(100))
            }
            return nil
        }
        #expect(try await value("up{job='scenario'}") { $0 == 1 } == 1)
        #expect(try await value("scenario_users{state='running'}") { $0 == 4 } == 4)
        #expect(try await value("scenario_state{state='running'}") { $0 == 1 } == 1)
        #expect(
            try await value("scenario_throttle_rate_per_second{throttle='greetings'}") { $0 == 100 }
                == 100
        )
        let rate = try await value("rate(scenario_throttle_permits_total[10s])") { $0 > 0 }
        #expect(try #require(rate) > 0)
        let quantile =
            "histogram_quantile(0.5, rate(scenario_measure_service_seconds_bucket{measure='greet'}[10s]))"
        // Each greeting takes a millisecond and a little more.
        #expect(try #require(try await value(quantile) { $0 > 0 }) >= 0.001)
        prometheus.send(SIGTERM)
        _ = try await prometheus.wait()
    }
}
