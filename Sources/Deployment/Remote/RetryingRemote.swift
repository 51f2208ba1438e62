public import DeploymentState
import SSH

/// A remote that asks again when the connection was lost, for calls that may run twice.
///
/// So a closed laptop or a dropped network ends nothing that runs on the nodes: the next question
/// goes over a new connection. Calls that change something fail at once, because nobody knows
/// whether they ran.
public struct RetryingRemote<C: Clock<Duration>>: Remote {
    private let base: any Remote
    private let clock: C
    private let limit: Duration
    private let pause: Duration

    /// The node at the other end.
    public var node: Node { base.node }

    init(
        _ base: any Remote,
        for limit: Duration = .seconds(120),
        pausing pause: Duration = .seconds(1),
        clock: C = ContinuousClock()
    ) {
        self.base = base
        self.clock = clock
        self.limit = limit
        self.pause = pause
    }

    /// Runs the command, again and again while the connection fails if the call may run twice.
    ///
    /// - Throws: The last error, once it has tried for as long as it may.
    public func capture(_ call: RemoteCall) async throws -> RemoteResult {
        let end = clock.now.advanced(by: limit)
        while true {
            do {
                return try await base.capture(call)
            } catch let error as SSHError where call.mayRunTwice && error.isOfTheNetwork {
                guard clock.now < end else { throw error }
                try await clock.sleep(for: pause)
            }
        }
    }

    /// Runs the command once: nobody can take back the lines that were handed on.
    public func stream(_ call: RemoteCall, to output: RemoteOutput) async throws -> RemoteResult {
        try await base.stream(call, to: output)
    }

    /// Copies a file to the node; a copy that failed is not tried again.
    public func upload(_ file: String, to path: String, mode: Int32) async throws {
        try await base.upload(file, to: path, mode: mode)
    }

    /// Copies a file from the node; a copy that failed is not tried again.
    public func download(_ path: String, to file: String, limit: Int) async throws {
        try await base.download(path, to: file, limit: limit)
    }

    /// Copies a folder; a copy that failed is not tried again.
    public func copy(_ directory: DirectoryCopy) async throws { try await base.copy(directory) }

    /// Ends the connection.
    public func close() async { await base.close() }
}

extension SSHError {
    /// Whether another connection may do better.
    fileprivate var isOfTheNetwork: Bool {
        switch reason {
        case .connectionRefused, .unreachable, .timedOut, .dropped, .disconnected: true
        default: false
        }
    }
}
