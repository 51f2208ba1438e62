package import Door
internal import JSON
internal import Usage

/// What the door of a run answers: how it is now, and commands, which hold at once.
///
/// It runs on the run's own loop, between one user's turn and the next, so that neither waits for a lock.
package struct RunDoor<State: Sendable> {
    private let run: ScenarioRun<State>
    private let facts: () -> RunFacts
    private let start: (_ users: Int?, _ rate: Throttle.Pace?) throws -> Void
    private let stop: () -> Void

    /// Makes the answers of a run.
    ///
    /// - Parameters:
    ///   - run: The run.
    ///   - facts: How it is now.
    ///   - start: Starts it; users and rate of its call unless others are given.
    ///   - stop: Tells it to end.
    package init(
        _ run: ScenarioRun<State>,
        facts: @escaping () -> RunFacts,
        start: @escaping (_ users: Int?, _ rate: Throttle.Pace?) throws -> Void,
        stop: @escaping () -> Void
    ) {
        self.run = run
        self.facts = facts
        self.start = start
        self.stop = stop
    }

    /// Answers a request.
    ///
    /// - Throws: ``Refusal``.
    package func answer(_ request: DoorRequest) throws(Refusal) -> DoorResponse {
        guard let methods = DoorPaths.methods[request.path] else {
            throw Refusal(404, DoorPaths.unknown(request.path))
        }
        guard methods.contains(request.method) else {
            throw Refusal(
                405,
                "\(request.path) takes \(methods.listed), not \(request.method.prefix(20))"
            )
        }
        if request.method == "GET" {
            if request.path == "/metrics" {
                return DoorResponse(
                    type: "text/plain; version=0.0.4; charset=utf-8",
                    body: Array(RunMetrics.text(facts()).utf8)
                )
            }
            return DoorResponse(json: told(request.path))
        }
        do {
            return DoorResponse(json: try command(request))
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(Self.status(of: error), "\(error)")
        }
    }

    private func told(_ path: String) -> JSON {
        switch path {
        case "/settings": RunStatus.settings(run.agent)
        case "/throttles": RunStatus.throttles(run.agent.throttles)
        default: RunStatus.json(facts())
        }
    }

    private func command(_ request: DoorRequest) throws -> JSON {
        let fields = try DoorFields(request.body, among: DoorPaths.members[request.path])
        let answer = try act(request.path, fields)
        // With what it was started, and that it was stopped, its record says anyhow.
        if !["/start", "/stop"].contains(request.path) {
            run.agent.telemetry.emit("steered") {
                ["command": .string(String(request.path.dropFirst())), "with": fields.json]
            }
        }
        return answer
    }

    private func act(_ path: String, _ fields: DoorFields) throws -> JSON {
        switch path {
        case "/users/add": return try addUsers(fields)
        case "/users/remove":
            let users = try Self.needed(fields.whole("users", in: 1...1_000_000_000), "users")
            let removed = try run.remove(users, byForce: fields.flag("force"))
            return [
                "removed": .integer(Int64(removed.told)),
                "waiting": .integer(Int64(removed.waiting)),
            ]
        case "/users/rate":
            let rate = try Self.needed(fields.rate("rate"), "rate")
            try run.change(userRate: rate)
            return ["rate": .string(rate.text)]
        case "/settings":
            try run.update(fields.texts())
            return RunStatus.settings(run.agent)
        case "/throttles/change":
            let throttle = try throttle(fields)
            try throttle.change(to: Self.needed(fields.rate("rate"), "rate"))
            return RunStatus.json(throttle)
        case "/throttles/ramp": return try ramp(fields)
        case "/throttles/pause": return try each(fields) { $0.pause() }
        case "/throttles/resume": return try each(fields) { $0.resume() }
        case "/start":
            try start(fields.whole("users", in: 0...DoorPaths.mostUsers), fields.rate("rate"))
        default: stop()
        }
        return ["status": .string(run.status.word)]
    }

    private func addUsers(_ fields: DoorFields) throws -> JSON {
        let most = 1...DoorPaths.mostUsers
        if let users = try fields.whole("users", in: most) {
            guard !fields.has("first"), !fields.has("last") else {
                throw Refusal(400, "either \"users\", or \"first\" and \"last\"")
            }
            try run.add(users)
            return ["added": .integer(Int64(users))]
        }
        let first = try Self.needed(fields.whole("first", in: most), "users")
        let last = try Self.needed(fields.whole("last", in: most), "last")
        guard first <= last else { throw Refusal(400, "\"first\" is above \"last\"") }
        try run.add(ids: first...last)
        return ["added": .integer(Int64(last - first + 1))]
    }

    // MARK: Throttles

    private func throttle(_ fields: DoorFields) throws -> Throttle {
        try run.agent.throttle(named: Self.needed(fields.text("throttle"), "throttle"))
    }

    /// Does something with the throttle that is named, or with all.
    private func each(_ fields: DoorFields, _ body: (Throttle) -> Void) throws -> JSON {
        guard fields.has("throttle") else {
            for throttle in run.agent.throttles.values { body(throttle) }
            return RunStatus.throttles(run.agent.throttles)
        }
        let throttle = try throttle(fields)
        body(throttle)
        return RunStatus.throttles([throttle.name: throttle])
    }

    private func ramp(_ fields: DoorFields) throws -> JSON {
        let throttle = try throttle(fields)
        let to = try Self.needed(fields.rate("to"), "to")
        let from = try fields.rate("from") ?? throttle.pace
        guard let ends = Throttle.Pace.common(from, to) else {
            throw Refusal(
                400,
                "a ramp goes from one rate to another, not from \(from.text) to \(to.text)"
            )
        }
        if let over = try fields.time("over") {
            guard !fields.has("by"), !fields.has("every") else {
                throw Refusal(400, "either \"over\", or \"by\" and \"every\"")
            }
            try throttle.ramp(
                from: ends.permits[0],
                to: ends.permits[1],
                per: .nanoseconds(ends.interval),
                over: over
            )
            return RunStatus.json(throttle)
        }
        let by = try Self.needed(fields.rate("by"), "over")
        let every = try Self.needed(fields.time("every"), "every")
        guard let steps = Throttle.Pace.common(from, to, by) else {
            throw Refusal(400, "the steps of a ramp are a rate such as 5/s, not \(by.text)")
        }
        try throttle.ramp(
            from: steps.permits[0],
            to: steps.permits[1],
            per: .nanoseconds(steps.interval),
            by: steps.permits[2],
            every: every
        )
        return RunStatus.json(throttle)
    }

    // MARK: Faults

    private static func needed<Value>(_ value: Value?, _ name: String) throws(Refusal) -> Value {
        guard let value else { throw Refusal(400, "\"\(name)\" is missing") }
        return value
    }

    private static func status(of error: any Error) -> Int {
        switch error {
        case ThrottleError.unknown: 404
        case ThrottleError.ramp, is SettingsError, CrowdError.tooHigh: 400
        // It is right in itself, and wrong now.
        default: 409
        }
    }
}

/// What can be asked, and with what.
enum DoorPaths {
    /// Users of one command.
    static let mostUsers = 100_000_000

    static let methods: [String: [String]] = [
        "/metrics": ["GET"], "/status": ["GET"], "/settings": ["GET", "POST"],
        "/throttles": ["GET"], "/users/add": ["POST"], "/users/remove": ["POST"],
        "/users/rate": ["POST"], "/throttles/change": ["POST"], "/throttles/ramp": ["POST"],
        "/throttles/pause": ["POST"], "/throttles/resume": ["POST"], "/start": ["POST"],
        "/stop": ["POST"],
    ]

    /// The members of each command's body; any, where none are listed.
    static let members: [String: [String]] = [
        "/users/add": ["users", "first", "last"], "/users/remove": ["users", "force"],
        "/users/rate": ["rate"], "/throttles/change": ["throttle", "rate"],
        "/throttles/ramp": ["throttle", "from", "to", "over", "by", "every"],
        "/throttles/pause": ["throttle"], "/throttles/resume": ["throttle"],
        "/start": ["users", "rate"], "/stop": [],
    ]

    static func unknown(_ path: String) -> String {
        let names = methods.keys.sorted()
        return "no such path\(Suggestion.hint(for: path, among: names)); there are "
            + names.listed
    }
}
