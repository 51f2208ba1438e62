package import JSON
internal import Usage

/// The values of a scenario's settings: of the call, else of the environment, else those declared.
public final class Settings: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    private let declared: [SettingDeclaration]
    private var values: [String: any Sendable] = [:]
    /// As they were given.
    private var texts: [String: String] = [:]
    private let telemetry: Telemetry?

    /// Takes the first values.
    ///
    /// - Parameters:
    ///   - declared: Of the scenario and of the helpers that it uses.
    ///   - given: By name, as texts.
    ///   - environment: Of the process; `SCENARIO_MESSAGE_RATE` gives `messageRate`.
    ///   - telemetry: Where its events go.
    /// - Throws: ``SettingsError`` with everything that is wrong: names that are unknown, bad or declared
    ///   twice, and values, also those declared.
    package init(
        _ declared: [any DeclaredSetting],
        given: [String: String] = [:],
        environment: [String: String] = [:],
        telemetry: Telemetry? = nil
    ) throws(SettingsError) {
        self.declared = declared.map(\.declaration)
        self.telemetry = telemetry
        var problems = Self.problems(of: self.declared)
        problems += unknown(given)
        for setting in self.declared {
            let variable = setting.variable
            let sources: [(text: String?, place: String)] = [
                (setting.standard, "its default"), (environment[variable], variable),
                (given[setting.name], "the call"),
            ]
            for case (let text?, let place) in sources {
                do {
                    values[setting.name] = try setting.read(text)
                    texts[setting.name] = text
                } catch {
                    problems.append(Self.problem(setting, text, error, " (from \(place))"))
                }
            }
        }
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
    }

    /// Returns the value as it is now.
    ///
    /// - Throws: ``SettingsError`` if the scenario does not declare this setting.
    public func value<Value>(_ setting: Setting<Value>) throws(SettingsError) -> Value {
        guard let value = values[setting.name] as? Value else {
            throw SettingsError(problems: [
                "setting \"\(setting.name)\" is not declared; name it among the scenario's settings"
            ])
        }
        return value
    }

    /// Changes values while the scenario runs: all of them, or none.
    ///
    /// A value that is the same as before calls nothing.
    ///
    /// - Parameter new: Texts by name.
    /// - Throws: ``SettingsError`` with everything that is wrong.
    public func update(_ new: [String: String]) throws(SettingsError) {
        var problems = unknown(new)
        var changes: [(setting: SettingDeclaration, old: any Sendable, new: any Sendable)] = []
        for setting in declared {
            guard let text = new[setting.name], let old = values[setting.name] else { continue }
            do {
                let value = try setting.read(text)
                guard !setting.isSame(old, value) else { continue }
                if setting.isReadOnly {
                    problems.append(
                        "setting \"\(setting.name)\" cannot be changed while the scenario runs"
                    )
                }
                changes.append((setting, old, value))
            } catch {
                problems.append(Self.problem(setting, text, error, ""))
            }
        }
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
        for change in changes { values[change.setting.name] = change.new }
        for (index, change) in changes.enumerated() {
            do {
                try change.setting.call(change.old, change.new)
            } catch {
                undo(changes, called: index)
                throw SettingsError(problems: [
                    "setting \"\(change.setting.name)\": its update failed, so that nothing is changed: \(error)"
                ])
            }
        }
        for change in changes {
            texts[change.setting.name] = new[change.setting.name]
            telemetry?.emit("setting") {
                [
                    "name": .string(change.setting.name),
                    "value": .string(new[change.setting.name] ?? ""),
                ]
            }
        }
    }

    /// Takes changes back, and tells those who were told of them.
    private func undo(
        _ changes: [(setting: SettingDeclaration, old: any Sendable, new: any Sendable)],
        called: Int
    ) {
        for change in changes { values[change.setting.name] = change.old }
        for change in changes[..<called].reversed() {
            // It took the new value a moment ago; if it refuses the old one there is nobody left to tell.
            try? change.setting.call(change.new, change.old)
        }
    }

    // MARK: Problems

    private func unknown(_ given: [String: String]) -> [String] {
        let names = declared.map(\.name)
        return given.keys.sorted().filter { !names.contains($0) }.map {
            let hint = Suggestion.hint(for: $0, among: names)
            return "unknown setting \"\($0)\"\(hint); --settings lists them"
        }
    }

    private static func problem(
        _ setting: SettingDeclaration,
        _ text: String,
        _ error: any Error,
        _ source: String
    ) -> String {
        "setting \"\(setting.name)\" must be \(error), not \"\(text)\"\(source)"
    }

    private static func problems(of declared: [SettingDeclaration]) -> [String] {
        var problems: [String] = []
        var names: Set<String> = []
        for setting in declared {
            let name = setting.name
            let letters = name.unicodeScalars
            if !letters.allSatisfy({ $0.properties.isAlphabetic && $0.isASCII || ("0"..."9") ~= $0 }
            )
                || letters.first.map({ !("a"..."z" ~= $0) }) ?? true
            {
                problems.append(
                    "bad name \"\(name)\" of a setting: letters and digits, the first a small letter"
                )
            }
            if !names.insert(setting.variable).inserted {
                problems.append("setting \"\(name)\" is declared twice")
            }
            if setting.help.isEmpty { problems.append("setting \"\(name)\" has no description") }
        }
        return problems
    }

    // MARK: Texts

    /// The name, value and meaning of each setting, a row each.
    package var table: [(name: String, value: String, meaning: String)] {
        declared.map { setting in
            let meaning =
                "\(setting.help) (\(setting.kind)\(setting.isReadOnly ? "" : "; may be changed"))"
            return (setting.name, texts[setting.name] ?? "", meaning)
        }
    }

    /// A JSON Schema of the settings.
    package static func schema(of declared: [any DeclaredSetting]) -> JSON {
        let members = declared.map(\.declaration).map { setting in
            var members: [JSON.Member] = [
                .init(name: "description", value: .string(setting.help)),
                .init(name: "default", value: .string(setting.standard)),
                .init(name: "readOnly", value: .bool(setting.isReadOnly)),
            ]
            if case .object(let kind) = setting.schema { members = kind + members }
            return JSON.Member(name: setting.name, value: .object(members))
        }
        return [
            "$schema": .string("https://json-schema.org/draft/2020-12/schema"),
            "type": .string("object"), "additionalProperties": .bool(false),
            "properties": .object(members),
        ]
    }

    /// The values as they were given, by name.
    package var all: [String: String] { texts }
}

/// Everything that is wrong with the settings of a scenario.
public struct SettingsError: Error, Hashable, CustomStringConvertible {
    /// A line each.
    public let problems: [String]

    /// The problems, a line each.
    public var description: String { problems.joined(separator: "\n") }
}
