import DeploymentState
import SSH

/// The lines of a remote command's standard output, each as soon as it is whole; see ``Remote/stream(_:_:)``.
///
/// A line has no line feed; of one with more than 64 KiB each piece of that size is a line. Behind the last
/// one comes the error of a command that failed. What one loop took, another does not get.
public struct RemoteLines: AsyncSequence, Sendable {
    let output: RemoteOutput

    /// Takes the lines, one after another.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let output: RemoteOutput

        /// The next line, as soon as it is there; `nil` once the command has succeeded.
        ///
        /// - Throws: ``RemoteError`` if it ended other than with exit status 0, `SSHError` if the connection
        ///   or the time limit ended it, `CancellationError`.
        public mutating func next() async throws -> String? { try await output.next() }
    }

    /// Makes what takes the lines.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(output: output) }
}

extension Remote {
    /// Runs a command, and gives its lines to `body` while it runs.
    ///
    /// The command lives no longer than `body`, which may leave its loop at any line: then the command is
    /// ended on the node, with all that it started, as it is on cancellation and at the time limit. One that
    /// writes faster than `body` takes waits: no more than 3 MiB lie here. Its standard error is for its
    /// error, and may have 1 MiB; ``RemoteCall/outputLimit`` does not count. It is never begun anew.
    ///
    /// - Parameters:
    ///   - call: The command; its time limit counts for all of it.
    ///   - body: What is done with the lines.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws; ``RemoteError`` also if it did not read as far as the command's failure.
    public func stream<Value>(
        _ call: RemoteCall,
        _ body: (RemoteLines) async throws -> Value
    ) async throws -> Value {
        let output = RemoteOutput()
        return try await withThrowingTaskGroup(of: (any Error)?.self) { group in
            group.addTask {
                do {
                    let result = try await stream(call, to: output)
                    guard result.status.isSuccess else {
                        throw RemoteError(node: node.name, call: call, result: result)
                    }
                    output.finish(.success(()))
                    return nil
                } catch {
                    output.finish(.failure(error))
                    return error
                }
            }
            let outcome: Result<Value, any Error>
            do { outcome = .success(try await body(RemoteLines(output: output))) } catch {
                outcome = .failure(error)
            }
            let failure = output.failure
            group.cancelAll()
            output.leave()
            // What may still run on the node is more than whatever else went wrong.
            if let end = try await group.next(), let error = end as? SSHError, error.mayStillRun {
                throw error
            }
            let value = try outcome.get()
            if let failure { throw failure }
            return value
        }
    }
}
