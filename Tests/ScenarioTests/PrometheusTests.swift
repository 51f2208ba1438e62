import Door
import Foundation
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
        let prometheus = try await PrometheusServer(
            """
            scrape_configs:
              - job_name: scenario
                scrape_interval: 1s
                authorization:
                  credentials_file: \(token)
                static_configs:
                  - targets: ['\(place)']

            """
        )
        #expect(try await prometheus.value("up{job='scenario'}") { $0 == 1 } == 1)
        #expect(try await prometheus.value("scenario_users{state='running'}") { $0 == 4 } == 4)
        #expect(try await prometheus.value("scenario_state{state='running'}") { $0 == 1 } == 1)
        #expect(
            try await prometheus.value("scenario_throttle_rate_per_second{throttle='greetings'}") {
                $0 == 100
            }
                == 100
        )
        let rate = try await prometheus.value("rate(scenario_throttle_permits_total[10s])") {
            $0 > 0
        }
        #expect(try #require(rate) > 0)
        let quantile =
            "histogram_quantile(0.5, rate(scenario_measure_service_seconds_bucket{measure='greet'}[10s]))"
        // Each greeting takes a millisecond and a little more.
        #expect(try #require(try await prometheus.value(quantile) { $0 > 0 }) >= 0.001)
    }
}
