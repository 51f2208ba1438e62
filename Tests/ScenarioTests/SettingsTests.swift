import Engine
import JSON
import Scenario
import Testing

@Suite("Settings")
struct SettingsTests {
    private let rate = Setting("messageRate", default: 60, in: 1...1_000, update: .free, "a rate")
    private let share = Setting("share", default: 0.5, in: 0...1, "a share")
    private let mode = Setting("mode", default: "fast", among: ["fast", "slow"], "a mode")
    private let isLoud = Setting("isLoud", default: false, update: .free, "a flag")
    private let pause = Setting("pause", default: "5s", in: .zero ... .seconds(60), "a time")
    private var all: [any DeclaredSetting] { [rate, share, mode, isLoud, pause] }

    private func problems(_ body: () throws -> Void) -> [String] {
        do { try body() } catch { return (error as? SettingsError)?.problems ?? ["\(error)"] }
        return []
    }

    @Test("the call goes before the environment, and that before the default")
    func sources() throws {
        let settings = try Settings(
            all,
            given: ["messageRate": "7"],
            environment: ["SCENARIO_MESSAGE_RATE": "8", "SCENARIO_IS_LOUD": "true"]
        )
        #expect(try settings.value(rate) == 7)
        #expect(try settings.value(isLoud))
        #expect(try settings.value(share) == 0.5)
        #expect(try settings.value(mode) == "fast")
        #expect(try settings.value(pause) == .seconds(5))
    }

    @Test("all that is wrong is said at once, with a suggestion for an unknown name")
    func wrong() {
        let given = [
            "mesageRate": "7", "share": "2", "mode": "fats", "isLoud": "yes", "pause": "5",
        ]
        #expect(
            problems { _ = try Settings(all, given: given) } == [
                "unknown setting \"mesageRate\" (did you mean \"messageRate\"?); --settings lists them",
                "setting \"share\" must be a number from 0.0 to 1.0, not \"2\" (from the call)",
                "setting \"mode\" must be one of fast, slow (did you mean \"fast\"?), not \"fats\" (from the call)",
                "setting \"isLoud\" must be true or false, not \"yes\" (from the call)",
                "setting \"pause\" must be a time from 0.0 seconds to 60.0 seconds, such as 500ms or 30s, "
                    + "not \"5\" (from the call)",
            ]
        )
        #expect(
            problems { _ = try Settings(all, environment: ["SCENARIO_MESSAGE_RATE": "0"]) } == [
                "setting \"messageRate\" must be a whole number from 1 to 1000, not \"0\" "
                    + "(from SCENARIO_MESSAGE_RATE)"
            ]
        )
    }

    @Test("bad declarations, a name declared twice and a wrong default are all said at the start")
    func declarations() {
        let bad: [any DeclaredSetting] = [
            Setting("Bad name", default: true, "a flag"),
            Setting("twice", default: 1, in: 0...1, "a number"),
            Setting("twice", default: 5, in: 0...1, ""),
        ]
        #expect(
            problems { _ = try Settings(bad) } == [
                "bad name \"Bad name\" of a setting: letters and digits, the first a small letter",
                "setting \"twice\" is declared twice",
                "setting \"twice\" has no description",
                "setting \"twice\" must be a whole number from 0 to 1, not \"5\" (from its default)",
            ]
        )
    }

    @Test("a function may check and convert a value")
    func converted() throws {
        let port = Setting("port", default: "http", kind: "a port", "a port") { text -> Int in
            guard let port = ["http": 80, "https": 443][text] else {
                throw SettingProblem(expected: "http or https")
            }
            return port
        }
        #expect(try Settings([port], given: ["port": "https"]).value(port) == 443)
        #expect(
            problems { _ = try Settings([port], given: ["port": "gopher"]) } == [
                "setting \"port\" must be http or https, not \"gopher\" (from the call)"
            ]
        )
    }

    @Test("an update changes all or nothing, and calls nothing for a value that is the same")
    func update() throws {
        let notes = Notes()
        let limit = Setting(
            "limit",
            default: 1,
            in: 0...10,
            update: .call { notes.words.append("\($0) to \($1)") },
            "a limit"
        )
        let settings = try Settings([rate, share, limit])
        #expect(
            problems {
                try settings.update(["limit": "2", "share": "0.7", "messageRate": "0", "limt": "3"])
            }
                == [
                    "unknown setting \"limt\" (did you mean \"limit\"?); --settings lists them",
                    "setting \"messageRate\" must be a whole number from 1 to 1000, not \"0\"",
                    "setting \"share\" cannot be changed while the scenario runs",
                ]
        )
        #expect(try settings.value(limit) == 1)
        #expect(notes.words.isEmpty)
        // A read-only value that is the same is no change.
        try settings.update(["limit": "2", "share": "0.5", "messageRate": "60"])
        try settings.update(["limit": "2"])
        #expect(try settings.value(limit) == 2)
        #expect(notes.words == ["1 to 2"])
    }

    @Test("an update whose call throws leaves every value as it was")
    func undone() throws {
        struct Busy: Error, CustomStringConvertible { var description: String { "busy" } }
        let notes = Notes()
        let first = Setting(
            "first",
            default: 1,
            in: 0...10,
            update: .call { notes.words.append("\($0) to \($1)") },
            "a number"
        )
        let second = Setting(
            "second",
            default: 1,
            in: 0...10,
            update: .call { _, _ in throw Busy() },
            "a number"
        )
        let settings = try Settings([first, second])
        #expect(
            problems { try settings.update(["first": "2", "second": "2"]) } == [
                "setting \"second\": its update failed, so that nothing is changed: busy"
            ]
        )
        #expect(try settings.value(first) == 1)
        #expect(try settings.value(second) == 1)
        #expect(notes.words == ["1 to 2", "2 to 1"])
    }

    @Test("a setting that is not declared is an error that says so")
    func undeclared() throws {
        let settings = try Settings([rate])
        #expect(
            problems { _ = try settings.value(mode) } == [
                "setting \"mode\" is not declared; name it among the scenario's settings"
            ]
        )
    }

    @Test("the schema and the table say what can be given")
    func texts() throws {
        let schema = Settings.schema(of: [rate])
        #expect(
            schema.line
                == #"{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "#
                + #""additionalProperties": false, "properties": {"messageRate": {"type": "integer", "#
                + #""minimum": 1, "maximum": 1000, "description": "a rate", "default": "60", "#
                + #""readOnly": false}}}"#
        )
        let row = try #require(try Settings([rate], given: ["messageRate": "9"]).table.first)
        #expect(row.name == "messageRate")
        #expect(row.value == "9")
        #expect(row.meaning == "a rate (a whole number from 1 to 1000; may be changed)")
    }
}
