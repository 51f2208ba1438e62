import Glibc
import Shell
import Synchronization

/// The process that holds the connection to one node, over which the processes of commands go.
///
/// It ends with ``close()``, with the connection, and with this process, however that ends.
final class OpenSSHMaster: Sendable {
    /// Why there is none.
    enum Failure: Error {
        /// It ended, and said this at its standard error.
        case ended(String)
        case timedOut
        case cancelled
    }

    private enum Event {
        case connected
        case failed(Failure)
    }

    /// What is known of the process, by whoever asks.
    private final class Ending: Sendable {
        /// What it said, once it has ended.
        let said = Mutex<String?>(nil)
    }

    private let ending: Ending
    private let process: Task<Void, Never>

    private init(_ ending: Ending, _ process: Task<Void, Never>) {
        self.ending = ending
        self.process = process
    }

    /// What the process said at its end; `nil` while it holds the connection.
    var lastWords: String? { ending.said.withLock { $0 } }

    /// Starts the process and waits until others can use its connection.
    ///
    /// - Parameters:
    ///   - command: What runs; it prints ``OpenSSHCommandLine/connected`` when it is ready.
    ///   - socket: Where it listens; removed at the end, which `ssh` does unless it is killed.
    ///   - limit: How long it may take.
    /// - Returns: The process, whose connection others can use.
    /// - Throws: ``Failure`` if it ends before, or takes too long.
    static func start(
        _ command: LocalProcess,
        socket: String,
        within limit: Duration
    ) async throws(Failure) -> OpenSSHMaster {
        let (events, sender) = AsyncStream.makeStream(of: Event.self)
        let ending = Ending()
        let process = Task {
            let said: String
            do {
                let outcome = try await command.run(onLine: { stream, line in
                    if stream == .output, line == OpenSSHCommandLine.connected {
                        sender.yield(.connected)
                    }
                })
                said = outcome.errorText
            } catch {
                said = "\(error)"
            }
            unlink(socket)
            ending.said.withLock { $0 = said }
            sender.yield(.failed(.ended(said)))
            sender.finish()
        }
        let timer = Task {
            try await Task.sleep(for: limit)
            sender.yield(.failed(.timedOut))
        }
        defer { timer.cancel() }
        let master = OpenSSHMaster(ending, process)
        var failure = Failure.cancelled
        for await event in events {
            switch event {
            case .connected: return master
            case .failed(let reason): failure = reason
            }
            break
        }
        await master.close()
        throw failure
    }

    /// Ends the connection and waits for the end of the process.
    func close() async {
        process.cancel()
        await process.value
    }
}
