package import JSON
package import Usage

/// What one call of `bench control` asks of a door.
package struct ControlCall: Sendable, Hashable {
    /// `GET` or `POST`.
    package let method: String
    /// Of the door, such as `/users/add`.
    package let path: String
    /// The members of the body, in order.
    package let body: [JSON.Member]

    /// The commands with their words, and what they do.
    static let commands: [(words: String, help: String)] = [
        ("status", "how the run is now (also without a command)"),
        ("add N", "add users; 501...1000 gives them these numbers"),
        (
            "remove N",
            "take back users who wait, then tell the oldest to end; --force: gone after 2 s"
        ),
        ("user-rate RATE", "how fast users start, such as 200/s, 1200/min or unlimited"),
        ("settings", "the settings, and which may be changed"),
        ("set NAME=VALUE…", "change settings: all of them or none"),
        ("throttles", "the throttles, with rates, permits and who waits"),
        ("rate THROTTLE RATE", "change a throttle's rate"),
        ("ramp THROTTLE RATE", "change it evenly: --over TIME, or --by RATE --every TIME"),
        ("pause [THROTTLE]", "give no permits, of one throttle or of all"),
        ("resume [THROTTLE]", "go on"),
        ("start", "start a run that was called with --wait"),
        ("stop", "tell all users to end, and finish"),
        ("metrics", "what Prometheus reads"),
    ]

    /// Makes the request of a command and its words.
    ///
    /// - Throws: ``UsageError`` if they are no command.
    package init(_ arguments: Arguments) throws(UsageError) {
        let words = arguments.all("WORD")
        let command = words.first ?? "status"
        let names = Self.commands.map { String($0.words.prefix { $0 != " " }) }
        guard let index = names.firstIndex(of: command) else {
            let hint = Suggestion.hint(for: command, among: names)
            throw arguments.error(
                "unknown command \"\(command)\"\(hint); there are \(names.listed)"
            )
        }
        let rest = Array(words.dropFirst())
        let taken = Self.taken[command] ?? 0...0
        guard taken.contains(rest.count) else {
            throw arguments.error(
                "it is \"bench control RUN \(Self.commands[index].words)\", with "
                    + (rest.isEmpty ? "nothing" : "\"\(rest.joined(separator: " "))\"")
                    + " behind \"\(command)\""
            )
        }
        for (option, commands) in Self.options {
            guard arguments.flag(option), !commands.contains(command) else { continue }
            throw arguments.error("--\(option) goes with \(commands.listed), not with \(command)")
        }
        let request = try Self.request(command, rest, arguments)
        (method, path, body) = (request.method, request.path, request.body)
    }

    /// How many words stand behind a command; none unless it is here.
    private static let taken = [
        "add": 1...1, "remove": 1...1, "user-rate": 1...1, "set": 1...1_000, "rate": 2...2,
        "ramp": 2...2, "pause": 0...1, "resume": 0...1,
    ]

    /// With which commands an option goes.
    private static let options = [
        ("force", ["remove"]), ("from", ["ramp"]), ("over", ["ramp"]), ("by", ["ramp"]),
        ("every", ["ramp"]), ("users", ["start"]), ("user-rate", ["start"]),
    ]

    private static func request(
        _ command: String,
        _ words: [String],
        _ arguments: Arguments
    ) throws(UsageError) -> (method: String, path: String, body: [JSON.Member]) {
        func option(_ name: String, as member: String? = nil) -> [JSON.Member] {
            arguments.value(name).map { [text(member ?? name, $0)] } ?? []
        }
        switch command {
        case "status", "settings", "throttles", "metrics": return ("GET", "/" + command, [])
        case "add": return ("POST", "/users/add", try users(words[0], arguments))
        case "remove":
            let force =
                arguments.flag("force") ? [JSON.Member(name: "force", value: .bool(true))] : []
            let number = try whole("users", words[0], arguments)
            return ("POST", "/users/remove", [number] + force)
        case "user-rate": return ("POST", "/users/rate", [text("rate", words[0])])
        case "set": return ("POST", "/settings", try settings(words, arguments))
        case "rate":
            return (
                "POST", "/throttles/change", [text("throttle", words[0]), text("rate", words[1])]
            )
        case "ramp":
            let ends = [text("throttle", words[0]), text("to", words[1])]
            let steps = option("from") + option("over") + option("by") + option("every")
            return ("POST", "/throttles/ramp", ends + steps)
        case "start":
            let number = try arguments.value("users").map { value throws(UsageError) in
                try whole("users", value, arguments)
            }
            let users = number.map { [$0] } ?? []
            return ("POST", "/start", users + option("user-rate", as: "rate"))
        case "pause", "resume":
            return ("POST", "/throttles/" + command, words.map { text("throttle", $0) })
        default: return ("POST", "/" + command, [])
        }
    }

    private static func text(_ name: String, _ value: String) -> JSON.Member {
        JSON.Member(name: name, value: .string(value))
    }

    private static func whole(
        _ name: String,
        _ text: String,
        _ arguments: Arguments
    ) throws(UsageError) -> JSON.Member {
        guard let number = Int64(text), number >= 0 else {
            throw arguments.error("a number of users is whole, not \"\(text)\"")
        }
        return JSON.Member(name: name, value: .integer(number))
    }

    /// `500`, or `501...1000`.
    private static func users(
        _ text: String,
        _ arguments: Arguments
    ) throws(UsageError) -> [JSON.Member] {
        guard let dots = text.firstRange(of: "...") else {
            return [try whole("users", text, arguments)]
        }
        return [
            try whole("first", String(text[..<dots.lowerBound]), arguments),
            try whole("last", String(text[dots.upperBound...]), arguments),
        ]
    }

    private static func settings(
        _ words: [String],
        _ arguments: Arguments
    ) throws(UsageError) -> [JSON.Member] {
        var members: [JSON.Member] = []
        for word in words {
            guard let sign = word.firstIndex(of: "="), sign > word.startIndex else {
                throw arguments.error("a setting is NAME=VALUE, not \"\(word)\"")
            }
            let name = String(word[..<sign])
            guard !members.contains(where: { $0.name == name }) else {
                throw arguments.error("\"\(name)\" is given twice")
            }
            members.append(text(name, String(word[word.index(after: sign)...])))
        }
        return members
    }
}
