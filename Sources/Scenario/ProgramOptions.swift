internal import Door
internal import Usage

/// The words of a call of a scenario's program, checked.
struct ProgramOptions: Sendable, Hashable {
    var users = 1
    var rate = Throttle.Pace.perMinute(1_200)
    /// How long users run; `nil` until all have ended by themselves.
    var length: Duration?
    var settings: [String: String] = [:]
    var trial: String?
    var seed: UInt64 = 1
    /// Whether the run has a door.
    var hasDoor = true
    /// Where it was asked for; `nil` for a free port that this machine alone reaches.
    var door: DoorPlace?
    /// The file of the token that the door wants.
    var doorToken: String?
    /// Whether it waits to be started through its door.
    var isWaiting = false
    var isQuiet = false
    var isRealTime = false
    /// What is printed instead of a run.
    var isForTable = false
    var isForSchema = false

    static func usage(_ name: String, _ summary: String) -> Usage {
        Usage(
            name,
            summary: summary,
            example: "swift run \(name) --users 5000 --user-rate 200/s --for 60s",
            options: [
                .init("users", value: "N", "how many users (default 1), 0 to 100000000"),
                .init(
                    "user-rate",
                    value: "RATE",
                    "how fast they start, such as 200/s, 0.5/s, 1200/min (default) or unlimited"
                ),
                .init(
                    "for",
                    value: "TIME",
                    "how long, such as 30s, 5m, 1h (default: until all users have ended)"
                ),
                .init("set", value: "NAME=VALUE", "the value of a setting; may be repeated"),
                .init("settings", "print the settings and their values, and exit"),
                .init("settings-schema", "print a JSON Schema of the settings, and exit"),
                .init(
                    "trial",
                    value: "DIR",
                    "a new directory for logs and result (default trials/NAME-DATE-TIME)"
                ),
                .init(
                    "door",
                    value: "IP:PORT",
                    "where it is steered and its metrics are (default a free port of 127.0.0.1, with a "
                        + "token), or none; bench control and docs/scenarios.md say more"
                ),
                .init(
                    "door-token",
                    value: "FILE",
                    "a private file whose first line everybody at the door must know"
                ),
                .init("wait", "wait until \"bench control NAME start\", and begin then"),
                .init("seed", value: "N", "of the random numbers (default 1)"),
                .init(
                    "real-time",
                    "run the loop before all ordinary threads, and keep the processors awake; needs root or CAP_SYS_NICE"
                ),
                .init("quiet", "print no line each second"),
            ]
        )
    }

    /// Checks the words behind the program's name.
    init(_ words: [String], _ usage: Usage) throws(UsageError) {
        let arguments = try usage.parse(words)
        func whole(_ name: String, _ range: ClosedRange<Int>) throws(UsageError) -> Int? {
            guard let text = arguments.value(name) else { return nil }
            guard let number = Int(text), range.contains(number) else {
                throw arguments.error(
                    "--\(name) must be a whole number from \(range.lowerBound) to "
                        + "\(range.upperBound), not \"\(text)\""
                )
            }
            return number
        }
        users = try whole("users", 0...100_000_000) ?? users
        seed = UInt64(try whole("seed", 0...Int.max) ?? 1)
        if let text = arguments.value("user-rate") {
            guard let pace = Throttle.Pace(text) else {
                throw arguments.error(
                    "--user-rate must be a rate such as 200/s, 1200/min or unlimited, not \"\(text)\""
                )
            }
            rate = pace
        }
        if let text = arguments.value("for") {
            guard let time = Duration(timeText: text) else {
                throw arguments.error("--for must be a time such as 30s, 5m or 1h, not \"\(text)\"")
            }
            length = time
        }
        for text in arguments.values("set") {
            guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
                throw arguments.error("--set must be NAME=VALUE, not \"\(text)\"")
            }
            let name = String(text[..<sign])
            guard settings[name] == nil else {
                throw arguments.error("--set gives \"\(name)\" twice")
            }
            settings[name] = String(text[text.index(after: sign)...])
        }
        trial = arguments.value("trial")
        isWaiting = arguments.flag("wait")
        doorToken = arguments.value("door-token")
        if let text = arguments.value("door") {
            hasDoor = text != "none"
            do {
                door = hasDoor ? try DoorPlace(text) : nil
            } catch {
                throw arguments.error("--door \(error)")
            }
        }
        if !hasDoor, isWaiting || doorToken != nil {
            throw arguments.error("--door none goes with neither --wait nor --door-token")
        }
        isQuiet = arguments.flag("quiet")
        isRealTime = arguments.flag("real-time")
        isForTable = arguments.flag("settings")
        isForSchema = arguments.flag("settings-schema")
    }
}

extension Throttle.Pace {
    /// Reads `200/s`, `0.5/s`, `1200/min`, `100/h` or `unlimited`; `nil` for anything else.
    ///
    /// At most three decimals, and 1,000,000,000 in all.
    package init?(_ text: String) {
        if text == "unlimited" {
            self = .unlimited
            return
        }
        let units: [String: Int64] = [
            "s": 1_000_000_000, "min": 60_000_000_000, "h": 3_600_000_000_000,
        ]
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let unit = units[String(parts[1])] else { return nil }
        let digits = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard digits.count <= 2, digits.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 10 }),
            parts[0].utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }),
            let whole = Int(digits[0]), whole <= 1_000_000_000
        else { return nil }
        guard digits.count == 2 else {
            self = .permits(whole, in: unit)
            return
        }
        let decimals = digits[1]
        guard decimals.count <= 3, let fraction = Int(decimals) else { return nil }
        let scale = [10, 100, 1_000][decimals.count - 1]
        self = .permits(whole * scale + fraction, in: unit * Int64(scale))
    }
}
