package import Engine
package import JSON

/// Something that happened in a run.
public struct TelemetryEvent: Sendable, Hashable {
    /// Nanoseconds since the start of the run.
    public let time: Int64
    /// What happened, such as `user-ended`.
    public let kind: String
    package let fields: JSON

    /// A field's value as a text; `nil` if there is none of that name.
    public func field(_ name: String) -> String? {
        switch fields[name] {
        case nil: nil
        case .string(let text): text
        case let value?: value.line
        }
    }

    /// The event on one line, as a JSON object.
    package var line: String {
        guard case .object(let members) = fields else { return "" }
        let head = [
            JSON.Member(name: "time_ns", value: .integer(time)),
            JSON.Member(name: "kind", value: .string(kind)),
        ]
        return JSON.object(head + members).line
    }
}

/// What happens in a run: counted always, and told to those who asked for it.
public final class Telemetry: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    /// How often each kind of event happened.
    public private(set) var counts: [String: Int] = [:]
    package private(set) var measures: Measures
    /// When the run began, on the loop's clock.
    package private(set) var start: Int64
    private let loop: EventLoop
    private var listeners: [(TelemetryEvent) -> Void] = []

    /// Begins to count.
    package init(on loop: EventLoop) {
        self.loop = loop
        start = loop.now
        measures = Measures(start: loop.now)
    }

    /// Counts and measures from now on, as if nothing had been before; those who asked stay.
    package func restart() {
        counts = [:]
        start = loop.now
        measures = Measures(start: start)
    }

    /// Calls `body` for each event from now on, on the loop's thread: it must not wait.
    public func subscribe(_ body: @escaping (TelemetryEvent) -> Void) { listeners.append(body) }

    /// Counts an event, and tells it to those who asked.
    package func emit(_ kind: String, _ fields: () -> JSON = { [:] }) {
        counts[kind, default: 0] += 1
        guard !listeners.isEmpty else { return }
        let event = TelemetryEvent(time: loop.now - start, kind: kind, fields: fields())
        for listener in listeners { listener(event) }
    }
}
