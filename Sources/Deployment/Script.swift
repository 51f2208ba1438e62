import Dispatch
import Foundation
public import Usage

/// The frame of every script: its words, its deployment, its errors, and Ctrl-C.
public enum Script {
    /// Runs the body of a script and exits: 0 done, 1 failed, 2 wrong usage.
    ///
    /// The first operand of `usage` must be `NAME`, the deployment. The first Ctrl-C (or SIGTERM)
    /// cancels the body, which then ends what it started on the nodes; the second exits at once.
    ///
    /// - Parameters:
    ///   - usage: What the script takes.
    ///   - database: The database on the servers.
    ///   - body: The protocol.
    public static func run(
        _ usage: Usage,
        database: any Database,
        _ body: @escaping @Sendable (Deployment, Arguments) async throws -> Void
    ) async -> Never {
        do {
            let arguments = try usage.parse(Array(CommandLine.arguments.dropFirst()))
            let task = Task {
                let name = arguments.operand("NAME")
                let deployment = try await Deployment.connect(to: name, database: database)
                do { try await body(deployment, arguments) } catch {
                    await deployment.close()
                    throw error
                }
                await deployment.close()
            }
            let signals = [SIGINT, SIGTERM].map { interrupt($0, cancels: task, of: usage.command) }
            try await task.value
            withExtendedLifetime(signals) {}
            exit(0)
        } catch let error as UsageError {
            report("\(error)", to: error.isHelp ? .standardOutput : .standardError)
            exit(error.isHelp ? 0 : 2)
        } catch is CancellationError {
            report("\(usage.command): interrupted", to: .standardError)
            exit(1)
        } catch {
            report("\(usage.command): \(error)", to: .standardError)
            exit(1)
        }
    }

    private static func interrupt(
        _ signal: Int32,
        cancels task: Task<Void, any Error>,
        of command: String
    ) -> any DispatchSourceSignal {
        // The source sees the signal only if it is not fatal by itself.
        Foundation.signal(signal, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: signal, queue: .global())
        source.setEventHandler {
            guard !task.isCancelled else { _exit(1) }
            report("\(command): stopping; once more to leave at once", to: .standardError)
            task.cancel()
        }
        source.resume()
        return source
    }

    private static func report(_ text: String, to file: FileHandle) {
        file.write(Data((text + "\n").utf8))
    }
}
