import JSON
import Testing
import Usage

@testable import Control

@Suite("What bench control asks")
struct ControlCallTests {
    private static func call(_ words: String) throws -> ControlCall {
        try ControlCall(
            ControlCommand.usage.parse(["chat"] + words.split(separator: " ").map(String.init))
        )
    }

    @Test(
        "is the request of each command",
        arguments: [
            ("", "GET /status {}"), ("status", "GET /status {}"), ("metrics", "GET /metrics {}"),
            ("settings --json", "GET /settings {}"), ("throttles", "GET /throttles {}"),
            ("add 500", #"POST /users/add {"users": 500}"#),
            ("add 501...1000", #"POST /users/add {"first": 501, "last": 1000}"#),
            ("remove 7", #"POST /users/remove {"users": 7}"#),
            ("remove 7 --force", #"POST /users/remove {"users": 7, "force": true}"#),
            ("user-rate 0.5/s", #"POST /users/rate {"rate": "0.5/s"}"#),
            ("set a=1 b=x=y c=", #"POST /settings {"a": "1", "b": "x=y", "c": ""}"#),
            ("rate m 200/s", #"POST /throttles/change {"throttle": "m", "rate": "200/s"}"#),
            (
                "ramp m 9/s --over 60s",
                #"POST /throttles/ramp {"throttle": "m", "to": "9/s", "over": "60s"}"#
            ),
            (
                "ramp m 9/s --by 1/s --every 2s --from 0/s",
                #"POST /throttles/ramp {"throttle": "m", "to": "9/s", "from": "0/s", "by": "1/s", "every": "2s"}"#
            ),
            ("pause", "POST /throttles/pause {}"),
            ("resume m", #"POST /throttles/resume {"throttle": "m"}"#),
            (
                "start --users 9 --user-rate 3/s",
                #"POST /start {"users": 9, "rate": "3/s"}"#
            ),
            ("start", "POST /start {}"), ("stop", "POST /stop {}"),
        ]
    )
    func requests(words: String, expected: String) throws {
        let call = try Self.call(words)
        #expect("\(call.method) \(call.path) \(JSON.object(call.body).line)" == expected)
    }

    @Test(
        "is nothing where the words are wrong, which is said",
        arguments: [
            ("ad 5", "unknown command \"ad\" (did you mean \"add\"?); there are status, add, "),
            ("add", "it is \"bench control RUN add N\", with nothing behind \"add\""),
            ("add 5 6", "it is \"bench control RUN add N\", with \"5 6\" behind \"add\""),
            ("add five", "a number of users is whole, not \"five\""),
            ("add -- -5", "a number of users is whole, not \"-5\""),
            ("add 1...x", "a number of users is whole, not \"x\""),
            (
                "rate m",
                "it is \"bench control RUN rate THROTTLE RATE\", with \"m\" behind \"rate\""
            ),
            ("set a", "a setting is NAME=VALUE, not \"a\""),
            ("set =a", "a setting is NAME=VALUE, not \"=a\""),
            ("set a=1 a=2", "\"a\" is given twice"),
            ("stop now", "it is \"bench control RUN stop\", with \"now\" behind \"stop\""),
            ("add 5 --force", "--force goes with remove, not with add"),
            ("start --over 5s", "--over goes with ramp, not with start"),
        ]
    )
    func wrong(words: String, problem: String) throws {
        let error = #expect(throws: UsageError.self) { try Self.call(words) }
        #expect(
            error?.description.hasPrefix("bench control: \(problem)") == true,
            "\(words): \(error)"
        )
    }

    @Test("and its answer are sentences and tables")
    func answers() throws {
        func text(_ words: String, _ answer: String) throws -> String {
            ControlAnswer.text(try Self.call(words), try JSON(parsing: answer))
        }
        #expect(try text("add 1", #"{"added": 1}"#) == "1 user added")
        #expect(try text("remove 5000", #"{"removed": 5000}"#) == "5,000 users told to end")
        #expect(
            try text("remove 9", #"{"removed": 1, "waiting": 8000}"#)
                == "1 user told to end, 8,000 who waited will not start"
        )
        #expect(try text("user-rate 1/s", #"{"rate": "1/s"}"#) == "users start at 1/s")
        // What came with line feeds would pass for more of an answer.
        #expect(
            try text("user-rate 1/s", #"{"rate": "1/s\n\r\nroot\u001b"}"#)
                == "users start at 1/s root\u{FFFD}"
        )
        #expect(
            ControlError(status: 400, text: #"{"error": "no\nyes"}"#, hadToken: true, address: "a")
                .description == "no yes"
        )
        #expect(try text("user-rate 1/s", #"{"rate": "unlimited"}"#) == "users start at once")
        #expect(try text("stop", #"{"status": "stopping"}"#) == "the run is stopping")
        let status = """
            {"scenario": "chat", "status": "running", "failure": null, "time_ns": 2500000000,
            "users": {"running": 1200, "waiting": 3, "ended": 0, "failed": 1, "rate": "200/s"},
            "throttles": [{"name": "m", "rate": "6000/min", "permits": 1234, "waiting": 7,
            "paused": true, "ramping": true, "stopped": false}],
            "measures": [{"name": "deliver", "ended": 12345, "failed": 0, "p50_ns": 1500000, "p99_ns": null}],
            "settings": {}, "lateness_ns": {"p99": 90000, "max": 1}, "problems": ["x"]}
            """
        #expect(
            try text("", status) == """
                chat: running, 2.5 s
                users  1,200 running, 3 waiting, 1 failed; they start at 200/s
                measure   ended  failed  p50 ms  p99 ms
                deliver  12,345       0    1.50       -
                throttle      rate  permits  waiting
                m         6000/min    1,234        7  paused, ramping
                the loop itself was late by p99 0.09 ms
                x
                """
        )
        // What answers may be anything.
        #expect(
            try text("", "[]")
                == "?: ?, 0.0 s\nusers  0 running\nthe loop itself was late by p99 - ms"
        )
    }
}
