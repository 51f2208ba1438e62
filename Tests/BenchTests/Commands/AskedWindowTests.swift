import Histogram
import Testing
import Usage

@testable import Bench

@Suite("--from and --to")
struct AskedWindowTests {
    private static let usage = Usage(
        "bench summary",
        summary: "",
        example: "",
        options: [.init("from", value: "S", ""), .init("to", value: "S", "")]
    )

    private func asked(_ words: [String]) throws -> AskedWindow {
        try AskedWindow(Self.usage.parse(words), of: Self.usage)
    }

    @Test("a side that is not given is the trial's own, or the end of the log where it has none")
    func open() throws {
        let own = Window(from: .seconds(5), to: .seconds(30))
        for (words, expected) in [
            ([], own),
            (["--to", "25"], Window(from: .seconds(5), to: .seconds(25))),
            (["--from", "0"], Window(from: .zero, to: .seconds(30))),
            (["--from", "0", "--to", "60"], Window(from: .zero, to: .seconds(60))),
        ] {
            #expect(try asked(words).within(own) == expected)
        }
        #expect(try asked(["--to", "25"]).within(nil) == Window(to: .seconds(25)))
        #expect(try asked([]).within(nil) == Window())
        #expect(try asked([]).isOpen && !asked(["--to", "25"]).isOpen)
    }

    @Test("are seconds, or times with a unit")
    func units() throws {
        for (text, time) in [
            ("5", Duration.seconds(5)), ("5s", .seconds(5)), ("0.25", .milliseconds(250)),
            ("500ms", .milliseconds(500)), ("1.5m", .seconds(90)), ("1h", .seconds(3_600)),
        ] {
            #expect(try asked(["--from", text]).within(nil) == Window(from: time))
        }
    }

    @Test(
        "anything else is refused with the reason",
        arguments: [
            ("x", #"--from must be a time such as 5, 5s or 500ms, not "x""#),
            ("s", #"--from must be a time such as 5, 5s or 500ms, not "s""#),
            ("5d", #"--from must be a time such as 5, 5s or 500ms, not "5d""#),
            (
                "999999999999999999h",
                #"--from must be a time such as 5, 5s or 500ms, not "999999999999999999h""#
            ),
            ("-3", #"--from "-3" is before the start of the log, which is at 0 s"#),
            ("-3s", #"--from "-3s" is before the start of the log, which is at 0 s"#),
        ]
    )
    func refused(text: String, problem: String) {
        let error = #expect(throws: UsageError.self) { try asked(["--from", text]) }
        #expect(error?.problem == problem)
    }

    @Test("a window in which nothing lies is refused, with the trial's own beside it")
    func nothing() throws {
        let own = Window(from: .seconds(5), to: .seconds(30))
        let error = #expect(throws: UsageError.self) { try asked(["--to", "4"]).within(own) }
        #expect(
            error?.problem
                == "nothing lies from 5 s to 4 s; the trial's own window is 5 s to 30 s"
        )
        #expect(throws: UsageError.self) { try asked(["--from", "5", "--to", "5"]) }
    }
}
