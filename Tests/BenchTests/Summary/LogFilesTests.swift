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
        }
        try folder.write(#"{"valid": true}"#, to: "t/trial.json")
        #expect(try LogFiles(at: log, invalidToo: false).logs == [log])
        #expect(trial.hasSuffix("trial.json"))
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
