internal import Door
internal import JSON
internal import Usage

/// The members of a command's JSON object, checked; what is unknown is refused.
struct DoorFields {
    private let members: [JSON.Member]

    /// Reads a body; an empty one is an object without members.
    ///
    /// - Parameters:
    ///   - body: As it was sent.
    ///   - names: What may stand in it; `nil` for any names.
    /// - Throws: The refusal, with what is wrong with the body.
    init(_ body: [UInt8], among names: [String]?) throws(Refusal) {
        guard !body.isEmpty else {
            members = []
            return
        }
        guard let text = String(validating: body, as: UTF8.self) else {
            throw Refusal(400, "the body is no UTF-8")
        }
        let json: JSON
        do {
            json = try JSON(parsing: text)
        } catch {
            throw Refusal(400, "the body is no JSON: line \(error)")
        }
        guard case .object(let members) = json else {
            throw Refusal(400, "the body must be a JSON object")
        }
        var seen: Set<String> = []
        for member in members {
            guard seen.insert(member.name).inserted else {
                throw Refusal(400, "\"\(member.name)\" stands twice in the body")
            }
            if let names, !names.contains(member.name) {
                let hint = Suggestion.hint(for: member.name, among: names)
                throw Refusal(400, "unknown member \"\(member.name)\"\(hint)")
            }
        }
        self.members = members
    }

    /// All of them, as they were sent.
    var json: JSON { .object(members) }

    /// Whether a member is there.
    func has(_ name: String) -> Bool { members.contains { $0.name == name } }

    private func value(_ name: String) -> JSON? { members.first { $0.name == name }?.value }

    /// A whole number; `nil` if it is absent.
    func whole(_ name: String, in range: ClosedRange<Int>) throws(Refusal) -> Int? {
        guard let value = value(name) else { return nil }
        guard case .integer(let number) = value, let whole = Int(exactly: number),
            range.contains(whole)
        else {
            throw Refusal(
                400,
                "\"\(name)\" must be a whole number from \(range.lowerBound) to "
                    + "\(range.upperBound), not \(Self.shown(value))"
            )
        }
        return whole
    }

    /// A text; `nil` if it is absent.
    func text(_ name: String) throws(Refusal) -> String? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value else {
            throw Refusal(400, "\"\(name)\" must be a text, not \(Self.shown(value))")
        }
        return text
    }

    /// Yes or no; no if it is absent.
    func flag(_ name: String) throws(Refusal) -> Bool {
        switch value(name) {
        case nil: return false
        case .bool(let flag): return flag
        case let value?:
            throw Refusal(400, "\"\(name)\" must be true or false, not \(Self.shown(value))")
        }
    }

    /// A rate such as `200/s`; `nil` if it is absent.
    func rate(_ name: String) throws(Refusal) -> Throttle.Pace? {
        guard let text = try text(name) else { return nil }
        guard let pace = Throttle.Pace(text) else {
            throw Refusal(
                400,
                "\"\(name)\" must be a rate such as 200/s, 1200/min or unlimited, not \"\(Self.cut(text))\""
            )
        }
        return pace
    }

    /// A time such as `30s`; `nil` if it is absent.
    func time(_ name: String) throws(Refusal) -> Duration? {
        guard let text = try text(name) else { return nil }
        guard let time = Duration(timeText: text) else {
            throw Refusal(
                400,
                "\"\(name)\" must be a time such as 500ms, 30s, 5m or 1h, not \"\(Self.cut(text))\""
            )
        }
        return time
    }

    /// All members as texts, for settings.
    func texts() throws(Refusal) -> [String: String] {
        var texts: [String: String] = [:]
        for member in members {
            switch member.value {
            case .string(let text): texts[member.name] = text
            case .integer, .number, .bool: texts[member.name] = member.value.line
            default:
                throw Refusal(
                    400,
                    "\"\(member.name)\" must be a text, a number, true or false, not "
                        + Self.shown(member.value)
                )
            }
        }
        return texts
    }

    /// What was sent, not at the length of a book.
    private static func shown(_ value: JSON) -> String { cut(value.line) }

    private static func cut(_ text: String) -> String {
        text.count > 100 ? text.prefix(100) + "…" : text
    }
}
