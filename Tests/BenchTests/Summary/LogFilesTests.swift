import Glibc
import Histogram
import JSON
import TestSupport
import Testing

@testable import Bench

@Suite("Log files of a trial", .timeLimit(.minutes(3)))
struct LogFilesTests {
    @Test(
        "an invalid trial is refused with its reasons, from its log on up, unless that is allowed"
    )
    func invalid() throws {
        let folder = try TemporaryFolder()
        let trial = try folder.write(
            #"{"valid": false, "reasons": ["client-1: \"killed\"", "no log"], "x": [1.5e3]}"#,
            to: "t/trial.json"
        )
        let log = try folder.write("", to: "t/stress/run/client-0/log.hdr")
        for path in ["\(folder.path)/t", "\(folder.path)/t/stress/", log] {
            let error = #expect(throws: SummaryError.self) {
                try LogFiles(at: path, invalidToo: false)
            }
            guard case .invalidTrial(let file, let reasons) = error else {
                Issue.record("not refused for the trial: \(String(describing: error))")
                continue
            }
            #expect(file.hasSuffix("/t/trial.json"))
            #expect(reasons == ["client-1: \"killed\"", "no log"])
            #expect(try LogFiles(at: path, invalidToo: true).logs.count == 1)
            #expect(
                TrialVerdict(of: [path])?.lines == [
                    "INVALID: these numbers may not be used", "  client-1: \"killed\"", "  no log",
                ]
            )
        }
        try folder.write(#"{"valid": true}"#, to: "t/trial.json")
        #expect(try LogFiles(at: log, invalidToo: false).logs == [log])
        #expect(TrialVerdict(of: [log])?.word == .valid)
        #expect(trial.hasSuffix("trial.json"))
    }

    @Test("of a trial's folders the loaders' alone holds logs, whatever else nodes sent")
    func others() throws {
        let folder = try TemporaryFolder()
        try folder.write(#"{"valid": true}"#, to: "t/trial.json")
        let logs = [
            try folder.write("", to: "t/measures.hdr"),
            try folder.write("", to: "t/stress/run/client-0/log.hdr"),
        ]
        for place in ["monitoring/monitor-0", "server-0", "server-0/stress/run/client-0"] {
            try folder.write("", to: "t/\(place)/x.hdr")
        }
        #expect(try LogFiles(at: folder.path + "/t", invalidToo: false).logs == logs)
        #expect(try LogFiles(at: folder.path, invalidToo: false).logs == logs)
    }

    @Test("logs of two trials are no one run, however they are named")
    func severalTrials() throws {
        let folder = try TemporaryFolder()
        var logs: [String] = []
        for name in ["a", "b"] {
            try folder.write(#"{"valid": true}"#, to: "\(name)/trial.json")
            logs.append(try folder.write("", to: "\(name)/stress/run/client-0/log.hdr"))
        }
        for paths in [logs, ["\(folder.path)/a", logs[1]]] {
            #expect {
                try LogFiles.ofOneRun(at: paths, invalidToo: false)
            } throws: {
                if case SummaryError.severalTrials(_, let trials) = $0 {
                    trials.count == 2
                } else {
                    false
                }
            }
        }
        let same = ["\(folder.path)/a", "\(folder.path)/a/stress"]
        #expect(try LogFiles.ofOneRun(at: same, invalidToo: false).count == 1)
    }

    @Test("a pipe that is called a log is passed over, since reading it would never end")
    func pipe() throws {
        let folder = try TemporaryFolder()
        let log = try folder.write("", to: "run/log.hdr")
        #expect(mkfifo("\(folder.path)/run/x.hdr", 0o600) == 0)
        #expect(try LogFiles(at: "\(folder.path)/run", invalidToo: false).logs == [log])
    }

    @Test("a pipe or a device that is named is refused at once")
    func namedPipe() async throws {
        let folder = try TemporaryFolder()
        let pipe = "\(folder.path)/x.hdr"
        try #require(mkfifo(pipe, 0o600) == 0)
        for path in [pipe, "/dev/zero"] {
            let error = await #expect(throws: IntervalLogError.self) {
                try await Summary(of: [path])
            }
            #expect(
                error?.description
                    == "\(path): cannot be read: no regular file: invalid argument"
            )
        }
        #expect(await Subcommand.run(["summary", pipe], among: [.summary]) == 1)
    }

    @Test(
        "a trial.json that does not say whether it is valid is an error",
        arguments: [
            ("", "1: the text ends where a value should stand"),
            ("{\n\"valid\": maybe}", "2: \"maybe\" is no value"),
            ("[]", "1: \"valid\" is neither true nor false"),
            ("{\"valid\": 1}", "1: \"valid\" is neither true nor false"),
        ]
    )
    func malformed(text: String, problem: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(text, to: "trial.json")
        try folder.write("", to: "log.hdr")
        let error = #expect(throws: SummaryError.self) {
            try LogFiles(at: folder.path, invalidToo: false)
        }
        #expect(error?.description == "\(path):\(problem)")
    }

    @Test("a folder without logs, of several trials, or that is not there is an error")
    func none() throws {
        let folder = try TemporaryFolder()
        #expect(throws: SummaryError.noLogs(path: folder.path)) {
            try LogFiles(at: folder.path, invalidToo: false)
        }
        for trial in ["first", "second"] {
            try folder.write(#"{"valid": true}"#, to: "\(trial)/trial.json")
            try folder.write("", to: "\(trial)/log.hdr")
        }
        let trials = ["first", "second"].map { "\(folder.path)/\($0)" }
        #expect(throws: SummaryError.severalTrials(path: folder.path, trials: trials)) {
            try LogFiles(at: folder.path, invalidToo: false)
        }
        #expect(
            throws: SummaryError.unreadable(
                path: "/nonexistent",
                problem: "no such file or directory"
            )
        ) {
            try LogFiles(at: "/nonexistent", invalidToo: false)
        }
    }
}
