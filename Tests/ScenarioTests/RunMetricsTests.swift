import Engine
import LoadResult
import TestSupport
import Testing

@testable import Scenario

@Suite("What Prometheus reads")
struct RunMetricsTests {
    private func lines(_ rig: DoorRig, _ family: String) -> [String] {
        rig.ask("GET", "/metrics").split(separator: "\n").map(String.init).filter {
            $0.hasPrefix(family)
        }
    }

    @Test("counts users, throttles and events, with what they were asked for")
    func counts() throws {
        let rig = try DoorRig()
        _ = rig.post("/start", #"{"users": 3, "rate": "unlimited"}"#)
        rig.pass(2)
        _ = rig.post("/users/remove", #"{"users": 1}"#)
        rig.pass(1)
        _ = try rig.run.agent.throttle("a\"b\\c\nd", .unlimited)
        #expect(
            lines(rig, "scenario_users{") == [
                #"scenario_users{state="running"} 2"#, #"scenario_users{state="waiting"} 0"#,
            ]
        )
        #expect(lines(rig, "scenario_users_started_total") == ["scenario_users_started_total 3"])
        #expect(
            lines(rig, "scenario_users_ended_total") == [
                #"scenario_users_ended_total{how="ended"} 0"#,
                #"scenario_users_ended_total{how="failed"} 0"#,
                #"scenario_users_ended_total{how="removed"} 1"#,
            ]
        )
        #expect(
            lines(rig, "scenario_throttle_rate_per_second") == [
                #"scenario_throttle_rate_per_second{throttle="a\"b\\c\nd"} +Inf"#,
                #"scenario_throttle_rate_per_second{throttle="greetings"} 10"#,
            ]
        )
        #expect(lines(rig, "scenario_state").contains(#"scenario_state{state="running"} 1"#))
        #expect(lines(rig, "scenario_run_seconds") == ["scenario_run_seconds 3"])
        #expect(
            lines(rig, "scenario_events_total").contains(
                #"scenario_events_total{kind="users-added"} 1"#
            )
        )
    }

    @Test("has each measure as histograms whose buckets hold what ended so far")
    func histograms() throws {
        var totals = MeasureTotals()
        for time: Int64 in [1, 100_000, 100_001, 2_000_000, 10_000_000_001] {
            totals.add(response: time + 1_000_000, service: time, failed: time == 1)
        }
        var text = MetricText()
        text.family("m_seconds", .histogram, "How long.")
        text.histogram([("measure", "x")], totals.service)
        let lines = text.text.split(separator: "\n").map(String.init)
        #expect(lines.count == 21)
        #expect(
            lines[..<4] == [
                "# HELP m_seconds How long.", "# TYPE m_seconds histogram",
                #"m_seconds_bucket{measure="x",le="0.0001"} 2"#,
                #"m_seconds_bucket{measure="x",le="0.00025"} 3"#,
            ]
        )
        #expect(
            lines.suffix(4) == [
                #"m_seconds_bucket{measure="x",le="10"} 4"#,
                #"m_seconds_bucket{measure="x",le="+Inf"} 5"#,
                #"m_seconds_sum{measure="x"} 10.002200003"#, #"m_seconds_count{measure="x"} 5"#,
            ]
        )
        #expect(totals.failed == 1)
        #expect(totals.response?.counts[..<5] == [0, 0, 0, 0, 3])
    }

    @Test("is what promtool finds no fault with")
    func lint() async throws {
        let rig = try DoorRig()
        _ = rig.post("/start")
        rig.pass(3)
        let folder = try TemporaryFolder()
        let path = try folder.write(rig.ask("GET", "/metrics"), to: "metrics")
        let check = try ChildProcess(["bash", "-c", "promtool check metrics <\"$1\"", "bash", path])
        #expect(try await check.wait() == .exit(0), "\(check.output)\(check.errors)")
        #expect(check.output + check.errors == "")
    }

    @Test(
        "and a person says rates as they are written",
        arguments: [
            "200/s", "0.5/s", "1200/min", "12.345/s", "1.5/min", "100/h", "0/s", "unlimited",
        ]
    )
    func rates(text: String) { #expect(Throttle.Pace(text)?.text == text) }

    @Test("rates of any kind have a text, and a common interval if they have one")
    func paces() throws {
        #expect(Throttle.Pace.every(.milliseconds(1_500)).text == "1 every 1.5 s")
        #expect(Throttle.Pace.atOnce(3).text == "3 at once")
        #expect(Throttle.Pace.perMinute(90).perSecond == 1.5)
        let common = try #require(
            Throttle.Pace.common(.perSecond(2), .permits(5, in: 10_000_000_000), .perMinute(6))
        )
        #expect(common.permits == [120, 30, 6] && common.interval == 60_000_000_000)
        #expect(Throttle.Pace.common(.perSecond(1), .unlimited) == nil)
        #expect(
            Throttle.Pace.common(.permits(1, in: .max), .permits(1, in: .max - 1)) == nil
        )
    }
}
