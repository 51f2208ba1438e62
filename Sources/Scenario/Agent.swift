package import Engine
internal import JSON
internal import Usage

/// The process that users live in: their settings, throttles and coordinators.
public final class Agent: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    /// The values of the scenario's settings.
    public let settings: Settings
    /// What happens in the run.
    public let telemetry: Telemetry
    package let loop: EventLoop
    private let seed: UInt64
    package private(set) var throttles: [String: Throttle] = [:]
    private var coordinators: [String: any AnyCoordinator] = [:]

    /// Makes an agent without throttles and coordinators.
    package init(on loop: EventLoop, settings: Settings, telemetry: Telemetry, seed: UInt64 = 1) {
        self.loop = loop
        self.settings = settings
        self.telemetry = telemetry
        self.seed = seed
    }

    /// Returns the value of a setting as it is now.
    ///
    /// - Throws: ``SettingsError`` if the scenario does not declare it.
    public func value<Value>(_ setting: Setting<Value>) throws -> Value {
        try settings.value(setting)
    }

    // MARK: Throttles

    /// Makes a throttle, or returns the one of this name and pace.
    ///
    /// - Throws: ``ThrottleError/exists(_:)`` if there is one with another pace.
    public func throttle(_ name: String, _ pace: Throttle.Pace) throws -> Throttle {
        if let known = throttles[name] {
            guard known.pace == pace else { throw ThrottleError.exists(name) }
            return known
        }
        let throttle = Throttle(name, pace, on: loop, telemetry: telemetry)
        throttles[name] = throttle
        telemetry.emit("throttle") {
            ["name": .string(name), "event": .string("started"), "pace": .string("\(pace)")]
        }
        return throttle
    }

    /// Returns the throttle of a name.
    ///
    /// - Throws: ``ThrottleError/unknown(_:hint:)``.
    public func throttle(named name: String) throws -> Throttle {
        guard let throttle = throttles[name] else {
            let hint = Suggestion.hint(for: name, among: throttles.keys.sorted())
            throw ThrottleError.unknown(name, hint: hint)
        }
        return throttle
    }

    // MARK: Coordinators

    /// Makes a coordinator.
    ///
    /// - Parameters:
    ///   - name: No other one has it.
    ///   - type: What users bring along.
    ///   - timeout: So long after the last add every item gets what it has left; `nil` for never.
    ///   - plan: How many users make a batch, and what is done with it.
    /// - Returns: The coordinator, which nobody has been added to.
    /// - Throws: ``CoordinatorError``.
    public func coordinator<Value>(
        _ name: String,
        of type: Value.Type = Value.self,
        timeout: Duration? = .seconds(30),
        _ plan: CoordinatorItem<Value>...
    ) throws -> Coordinator<Value> {
        guard coordinators[name] == nil else { throw CoordinatorError.exists(name) }
        // Each draws other numbers, and the same ones in every run.
        let own = name.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) }
        let coordinator = try Coordinator(
            name,
            on: loop,
            timeout: timeout,
            seed: own,
            telemetry: telemetry,
            plan: plan
        )
        coordinators[name] = coordinator
        return coordinator
    }

    /// Returns the coordinator of a name.
    ///
    /// - Throws: ``CoordinatorError``, also if its users bring something else along.
    public func coordinator<Value>(
        named name: String,
        of type: Value.Type = Value.self
    ) throws -> Coordinator<Value> {
        guard let known = coordinators[name] else {
            let hint = Suggestion.hint(for: name, among: coordinators.keys.sorted())
            throw CoordinatorError.unknown(name, hint: hint)
        }
        guard let coordinator = known as? Coordinator<Value> else {
            throw CoordinatorError.otherValues(name, found: known.values, wanted: "\(type)")
        }
        return coordinator
    }

    // MARK: End

    /// Hands out whom coordinators still have, and takes nobody more.
    package func stopCoordinators() {
        for (_, coordinator) in coordinators.sorted(by: { $0.key < $1.key }) { coordinator.stop() }
    }

    /// Ends all throttles.
    package func stopThrottles() {
        for (_, throttle) in throttles.sorted(by: { $0.key < $1.key }) { throttle.stop() }
    }

    /// How often actions of coordinators threw, by the error's text.
    package var coordinatorFailures: [String: Int] {
        coordinators.values.reduce(into: [:]) { $0.merge($1.failures, uniquingKeysWith: +) }
    }
}

/// A coordinator, whatever its users bring along.
private protocol AnyCoordinator: AnyObject {
    var values: String { get }
    var failures: [String: Int] { get }
    func stop()
}

extension Coordinator: AnyCoordinator {
    fileprivate var values: String { "\(Value.self)" }
}
