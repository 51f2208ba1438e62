internal import Door
internal import JSON
public import Usage

/// `bench control`: steers a run of a scenario while it is under way.
public enum ControlCommand {
    /// What it takes.
    public static let usage = Usage(
        "bench control",
        summary: "Steers a scenario while it runs: users, settings, rates, pause and stop.",
        example: "bench control chat add 500",
        operands: [
            .init("RUN", "a scenario's name, the directory of its trial, or HOST:PORT of its door"),
            .init("WORD", "a command and its words, of these:", occurs: 0...1_000),
        ],
        options: [
            .init("force", "remove: users that do not end are gone after 2 s"),
            .init("from", value: "RATE", "ramp: where it begins (default: the rate as it is)"),
            .init("over", value: "TIME", "ramp: how long it takes, such as 60s"),
            .init("by", value: "RATE", "ramp: the size of a step, such as 5/s"),
            .init("every", value: "TIME", "ramp: how long a step lasts"),
            .init("users", value: "N", "start: how many (default: as the run was called)"),
            .init("user-rate", value: "RATE", "start: how fast they start (default: likewise)"),
            .init("token-file", value: "FILE", "what the door wants to know, in a private file"),
            .init("json", "print the door's answer as it is"),
        ],
        restWords: ControlCall.commands.map { .init("  " + $0.words, $0.help) }
    )

    /// Asks, and prints what came of it.
    ///
    /// - Returns: The exit status: 0, or 1 if the door refuses.
    public static func run(_ arguments: Arguments) throws -> Int32 {
        let call = try ControlCall(arguments)
        let run = try RunAddress(
            arguments.operand("RUN"),
            tokenFile: arguments.value("token-file")
        )
        let client = try DoorClient(run.address, token: run.token)
        let body = call.method == "GET" ? nil : JSON.object(call.body)
        let answer = try client.ask(call.method, call.path, body)
        let text = String(decoding: answer.body, as: UTF8.self)
        guard (200...299).contains(answer.status) else {
            throw ControlError(
                status: answer.status,
                text: text,
                hadToken: run.token != nil,
                address: run.address
            )
        }
        if arguments.flag("json") || call.path == "/metrics" {
            print(text, terminator: "")
        } else {
            print(try ControlAnswer.text(call, JSON(parsing: text)))
        }
        return 0
    }
}

/// What a door refused.
struct ControlError: Error, Hashable, CustomStringConvertible {
    /// The reason, and the remedy.
    let description: String

    init(status: Int, text: String, hadToken: Bool, address: String) {
        let said: String? =
            if case .string(let words) = (try? JSON(parsing: text))?["error"] { words } else { nil }
        switch status {
        case 401 where !hadToken:
            description =
                "\(address) wants a token: name the run by its scenario or its trial's directory, "
                + "or give --token-file FILE"
        case 401:
            description = "\(address) does not take this token; is it the token of another run?"
        default: description = said?.printableLine ?? "\(address) answers with status \(status)"
        }
    }
}
