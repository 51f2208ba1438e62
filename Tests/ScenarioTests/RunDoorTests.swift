import Door
import Engine
import Histogram
import JSON
import Testing

@testable import Scenario

/// A run under the virtual clock, and what its door answers.
struct DoorRig {
    let loop: EventLoop
    let run: ScenarioRun<Throttle>
    let notes = Notes()
    private let door: RunDoor<Throttle>

    init() throws {
        let loop = try EventLoop(.virtual)
        let notes = notes
        let free = Setting("size", default: 5, in: 1...10, update: .free, "how much")
        let told = Setting(
            "pace",
            default: 7,
            in: 1...1_000,
            update: .call { old, new in notes.words.append("\(old)→\(new)") },
            "how fast"
        )
        let fixed = Setting("server", default: "a", "where it is")
        let scenario = Scenario("greet", summary: "Users greet.", settings: [free, told, fixed]) {
            try $0.throttle("greetings", .perSecond(10))
        } user: { user, greetings in
            while true {
                let due = try await greetings.wait()
                notes.times.append(user.now)
                try await user.measure("greet", due: due) {
                    try await user.sleep(for: .milliseconds(2))
                }
            }
        }
        let telemetry = Telemetry(on: loop)
        let settings = try Settings([free, told, fixed], telemetry: telemetry)
        let run = ScenarioRun(scenario) {
            Agent(on: loop, settings: settings, telemetry: telemetry)
        }
        let late = try Histogram(highestTrackable: 60_000_000_000, resizes: true)
        (self.loop, self.run) = (loop, run)
        door = RunDoor(
            run,
            facts: { RunFacts("greet", run, time: loop.now, lateness: late) },
            start: { try run.start(users: $0 ?? 2, rate: $1 ?? .unlimited) },
            stop: { run.stop() }
        )
    }

    /// The body of an answer; of a refusal the status and the problem.
    func ask(_ method: String, _ path: String, _ body: String = "") -> String {
        do {
            let answer = try door.answer(DoorRequest(method, path, body: Array(body.utf8)))
            return String(decoding: answer.body, as: UTF8.self)
        } catch { return "\(error)" }
    }

    func get(_ path: String) throws -> JSON { try JSON(parsing: ask("GET", path)) }

    /// Sends a command; its answer on one line.
    func post(_ path: String, _ body: String = "") -> String {
        let text = ask("POST", path, body)
        guard let json = try? JSON(parsing: text) else { return text }
        return json.line
    }

    /// Runs for so long.
    func pass(_ seconds: Int64) {
        _ = loop.run(until: { false }, before: loop.now + seconds * second)
    }
}

@Suite("The door of a run")
struct RunDoorTests {
    private let rig: DoorRig

    init() throws { rig = try DoorRig() }

    private func start() {
        #expect(rig.post("/start") == #"{"status": "preparing"}"#)
        rig.pass(1)
    }

    private func rates() -> [String: String] {
        guard case .array(let throttles) = try? rig.get("/throttles") else { return [:] }
        return Dictionary(
            throttles.map { throttle in
                let words = ["rate", "paused", "ramping"].map { throttle[$0]?.line ?? "" }
                return (throttle["name"]?.line ?? "", words.joined(separator: " "))
            },
            uniquingKeysWith: { $1 }
        )
    }

    @Test("starts a run with other users, and stops it; each only when it makes sense")
    func course() throws {
        #expect(try rig.get("/status")["status"] == .string("idle"))
        for (path, body) in [
            ("/users/add", #"{"users": 1}"#), ("/users/remove", #"{"users": 1}"#),
            ("/users/rate", #"{"rate": "1/s"}"#), ("/settings", #"{"size": 6}"#),
        ] { #expect(rig.post(path, body).hasPrefix("409: the run cannot be "), "\(path)") }
        #expect(rig.post("/start", #"{"users": 3, "rate": "1/s"}"#).contains("preparing"))
        rig.pass(1)
        #expect(rig.post("/start") == "409: the run cannot be started: it is running")
        #expect(try rig.get("/status")["users"]?["rate"] == .string("1/s"))
        rig.pass(5)
        #expect(try rig.get("/status")["users"]?["running"] == .integer(3))
        #expect(rig.post("/stop") == #"{"status": "stopping"}"#)
        rig.pass(1)
        #expect(rig.run.status == .finished)
        #expect(rig.post("/stop") == #"{"status": "finished"}"#)
        #expect(rig.post("/start") == "409: the run cannot be started: it is finished")
        #expect(rig.post("/users/add", #"{"users": 1}"#).hasPrefix("409: "))
    }

    @Test("adds and removes users, by number and by their numbers, at the rate that holds")
    func users() throws {
        start()
        #expect(rig.post("/users/rate", #"{"rate": "2/s"}"#) == #"{"rate": "2/s"}"#)
        #expect(rig.post("/users/add", #"{"users": 8}"#) == #"{"added": 8}"#)
        rig.pass(2)
        #expect((5...7).contains(rig.run.crowd?.counts.running ?? 0))
        #expect(rig.post("/users/rate", #"{"rate": "unlimited"}"#).contains("unlimited"))
        rig.pass(1)
        #expect(rig.run.crowd?.counts.running == 10)
        #expect(rig.post("/users/add", #"{"first": 101, "last": 105}"#) == #"{"added": 5}"#)
        rig.pass(1)
        #expect(rig.run.crowd?.counts.highest == 105)
        #expect(
            rig.post("/users/add", #"{"first": 105, "last": 106}"#)
                == "409: user 105 cannot be added: numbers up to 105 were given away; go on from 106"
        )
        #expect(rig.post("/users/remove", #"{"users": 4}"#) == #"{"removed": 4, "waiting": 0}"#)
        #expect(
            rig.post("/users/remove", #"{"users": 100, "force": true}"#)
                == #"{"removed": 11, "waiting": 0}"#
        )
        #expect(rig.post("/users/rate", #"{"rate": "0/s"}"#).contains("0"))
        #expect(rig.post("/users/add", #"{"users": 100000000}"#) == #"{"added": 100000000}"#)
        #expect(
            rig.post("/users/remove", #"{"users": 100000001}"#)
                == #"{"removed": 0, "waiting": 100000000}"#
        )
        #expect(rig.post("/users/remove", #"{"users": 1}"#) == #"{"removed": 0, "waiting": 0}"#)
        rig.pass(1)
        #expect(rig.run.crowd?.counts.running == 0)
    }

    @Test("changes rates, pauses and resumes, of one throttle or of all")
    func throttles() throws {
        start()
        _ = try rig.run.agent.throttle("others", .perMinute(30))
        #expect(
            rates() == [
                #""greetings""#: #""10/s" false false"#, #""others""#: #""30/min" false false"#,
            ]
        )
        _ = rig.post("/throttles/change", #"{"throttle": "greetings", "rate": "0.5/s"}"#)
        #expect(rates()[#""greetings""#] == #""0.5/s" false false"#)
        _ = rig.post("/throttles/pause")
        #expect(Set(rates().values) == [#""0.5/s" true false"#, #""30/min" true false"#])
        let before = rig.notes.times.count
        rig.pass(100)
        #expect(rig.notes.times.count == before)
        // A rate that is changed while it is paused stays paused.
        _ = rig.post("/throttles/change", #"{"throttle": "greetings", "rate": "20/s"}"#)
        _ = rig.post("/throttles/resume", #"{"throttle": "greetings"}"#)
        #expect(
            rates() == [
                #""greetings""#: #""20/s" false false"#, #""others""#: #""30/min" true false"#,
            ]
        )
        rig.pass(10)
        #expect((199...201).contains(rig.notes.times.count - before))
        #expect(
            rig.post("/throttles/change", #"{"throttle": "greeting", "rate": "1/s"}"#)
                == "404: no throttle is named \"greeting\" (did you mean \"greetings\"?)"
        )
    }

    @Test("ramps rates evenly over a time, or by steps, and says that one is under way")
    func ramps() throws {
        start()
        let slow = #"{"throttle": "greetings", "rate": "0/s"}"#
        #expect(rig.post("/throttles/change", slow).contains(#""rate": "0/s""#))
        let over = #"{"throttle": "greetings", "from": "30/min", "to": "60.5/s", "over": "10s"}"#
        #expect(
            rig.post("/throttles/ramp", over).contains(
                #""rate": "30/min", "paused": false, "ramping": true"#
            ),
            "\(rates())"
        )
        #expect(
            rig.post("/throttles/ramp", over).hasPrefix(
                "409: throttle \"greetings\" changes its rate by a ramp"
            )
        )
        #expect(rig.post("/throttles/change", slow).hasPrefix("409: "))
        let before = rig.notes.times.count
        rig.pass(11)
        #expect(rates()[#""greetings""#] == #""3630/min" false false"#)
        // The mean of both ends for ten seconds, and the last rate for one.
        #expect(
            (355...375).contains(rig.notes.times.count - before),
            "\(rig.notes.times.count - before)"
        )
        let steps =
            #"{"throttle": "greetings", "from": "1/s", "to": "4/s", "by": "1/s", "every": "5s"}"#
        #expect(rig.post("/throttles/ramp", steps).contains(#""rate": "1/s""#))
        rig.pass(6)
        #expect(rates()[#""greetings""#] == #""2/s" false true"#)
        rig.pass(10)
        #expect(rates()[#""greetings""#] == #""4/s" false false"#)
        // From the rate as it is.
        _ = rig.post("/throttles/ramp", #"{"throttle": "greetings", "to": "0/s", "over": "1s"}"#)
        rig.pass(2)
        #expect(rates()[#""greetings""#] == #""0/s" false false"#)
    }

    @Test("changes settings, all or none, and calls who wants to know")
    func settings() throws {
        start()
        #expect(rig.post("/settings", #"{"size": 6, "pace": "9"}"#).contains(#""value": "6""#))
        #expect(rig.notes.words == ["7→9"])
        #expect(
            rig.post("/settings", #"{"size": 7, "pace": 0, "server": "b", "sise": 1}"#) == """
                400: unknown setting "sise" (did you mean "size"?); --settings lists them
                setting "pace" must be a whole number from 1 to 1000, not "0"
                setting "server" cannot be changed while the scenario runs
                """
        )
        #expect(rig.notes.words == ["7→9"])
        let settings = try rig.get("/settings")
        guard case .array(let rows) = settings else {
            Issue.record("\(settings)")
            return
        }
        #expect(rows.map { $0["value"]?.line } == ["\"6\"", "\"9\"", "\"a\""])
        #expect(
            rows[1]["meaning"]
                == .string("how fast (a whole number from 1 to 1000; may be changed)")
        )
    }

    @Test(
        "refuses what is no command, and says what is wrong with it",
        arguments: [
            ("/users/add", "", "400: \"users\" is missing"),
            ("/users/add", "{}", "400: \"users\" is missing"),
            ("/users/add", "[1]", "400: the body must be a JSON object"),
            (
                "/users/add", "{\"users\": 1",
                "400: the body is no JSON: line 1: a comma or \"}\" is missing"
            ),
            ("/users/add", "\u{0}", "400: the body is no JSON: line 1: \"\u{0}\" is no value"),
            (
                "/users/add", #"{"user": 1}"#,
                "400: unknown member \"user\" (did you mean \"users\"?)"
            ),
            ("/users/add", #"{"users": 1, "users": 2}"#, "400: \"users\" stands twice in the body"),
            (
                "/users/add", #"{"users": 0}"#,
                "400: \"users\" must be a whole number from 1 to 100000000, not 0"
            ),
            (
                "/users/add", #"{"users": 1e30}"#,
                "400: \"users\" must be a whole number from 1 to 100000000, not 1e+30"
            ),
            (
                "/users/add", #"{"users": "5"}"#,
                "400: \"users\" must be a whole number from 1 to 100000000, not \"5\""
            ),
            (
                "/users/add", #"{"users": 9223372036854775807}"#,
                "400: \"users\" must be a whole number from 1 to 100000000, not 9223372036854775807"
            ),
            ("/users/add", #"{"first": 9}"#, "400: \"last\" is missing"),
            ("/users/add", #"{"first": 9, "last": 8}"#, "400: \"first\" is above \"last\""),
            (
                "/users/add", #"{"users": 9, "last": 8}"#,
                "400: either \"users\", or \"first\" and \"last\""
            ),
            (
                "/users/remove", #"{"users": 1, "force": 1}"#,
                "400: \"force\" must be true or false, not 1"
            ),
            (
                "/users/rate", #"{"rate": "fast"}"#,
                "400: \"rate\" must be a rate such as 200/s, 1200/min or unlimited, not \"fast\""
            ),
            (
                "/throttles/change", #"{"throttle": 5, "rate": "1/s"}"#,
                "400: \"throttle\" must be a text, not 5"
            ),
            (
                "/throttles/ramp", #"{"throttle": "greetings", "to": "1/s"}"#,
                "400: \"over\" is missing"
            ),
            (
                "/throttles/ramp", #"{"throttle": "greetings", "to": "1/s", "over": "1"}"#,
                "400: \"over\" must be a time such as 500ms, 30s, 5m or 1h, not \"1\""
            ),
            (
                "/throttles/ramp",
                #"{"throttle": "greetings", "to": "1/s", "over": "1s", "by": "1/s"}"#,
                "400: either \"over\", or \"by\" and \"every\""
            ),
            (
                "/throttles/ramp", #"{"throttle": "greetings", "to": "unlimited", "over": "1s"}"#,
                "400: a ramp goes from one rate to another, not from 10/s to unlimited"
            ),
            (
                "/throttles/ramp",
                #"{"throttle": "greetings", "to": "1/s", "by": "0/s", "every": "1s"}"#,
                "400: throttle \"greetings\": a ramp's step and interval are above 0"
            ),
            (
                "/settings", #"{"size": null}"#,
                "400: \"size\" must be a text, a number, true or false, not null"
            ),
            ("/stop", #"{"now": true}"#, "400: unknown member \"now\""),
        ]
    )
    func refused(path: String, body: String, problem: String) {
        start()
        #expect(rig.post(path, body) == problem)
        #expect(rig.run.status == .running(users: 2, highest: 2))
    }

    @Test("has no path but its own, however it is spelt, and each with its methods")
    func paths() {
        for path in [
            "/", "", "/status/", "//status", "/./status", "/a/../status", "/%73tatus", "/STATUS",
            "/status?x=1", "/status\u{0}", "/users", "/../../etc/passwd",
        ] { #expect(rig.ask("GET", path).hasPrefix("404: no such path"), "\(path)") }
        #expect(
            rig.ask("GET", "/statsu").hasPrefix(
                "404: no such path (did you mean \"/status\"?); there are /metrics, "
            )
        )
        #expect(rig.ask("GET", "/stop") == "405: /stop takes POST, not GET")
        #expect(rig.ask("POST", "/status") == "405: /status takes GET, not POST")
        #expect(rig.ask("DELETE", "/settings") == "405: /settings takes GET and POST, not DELETE")
        #expect(rig.run.status == .idle)
    }

    @Test("tells the status with users, throttles, measures and settings")
    func status() throws {
        start()
        let status = try rig.get("/status")
        #expect(status["scenario"] == .string("greet") && status["status"] == .string("running"))
        #expect(status["time_ns"] == .integer(second))
        #expect(status["settings"]?.line == #"{"pace": "7", "server": "a", "size": "5"}"#)
        guard case .array(let measures) = status["measures"] else {
            Issue.record("none")
            return
        }
        // At 0.1 s, 0.2 s and so on to 0.9 s; the last one is under way.
        #expect(
            measures[0]["ended"]
                == .integer(Int64(rig.notes.times.count { $0 + 2_000_000 < second }))
        )
        #expect(measures[0]["name"] == .string("greet") && measures[0]["failed"] == .integer(0))
    }
}
