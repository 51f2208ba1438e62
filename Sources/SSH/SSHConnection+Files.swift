private import Posix

extension SSHConnection {
    /// Copies a local file to the node; the file there is replaced at once, or not at all.
    ///
    /// It is written beside its place under a temporary name, its size is compared, and then it
    /// is renamed. Running it twice is safe.
    ///
    /// - Parameters:
    ///   - local: Path of a regular file.
    ///   - remote: Path on the node; relative paths start at the user's home; `~` is not expanded.
    ///   - mode: The permissions of the remote file, in 0...0o7777.
    ///   - timeout: For all of it.
    /// - Throws: ``SSHError``, also if either file cannot be read or written.
    package func upload(
        _ local: String,
        to remote: String,
        mode: Int32,
        timeout: Duration
    ) async throws(SSHError) {
        let operation = "upload \"\(local)\" to \"\(remote)\""
        let deadline = ContinuousClock.now + timeout
        let target = target
        let result = try await run(operation) { (id, completion) throws(SSHError) in
            let source: (file: LocalFile, size: Int)
            do throws(LocalFile.Failure) {
                source = try LocalFile.open(local)
            } catch {
                throw target.error(
                    operation,
                    .localFile,
                    code: error.code,
                    "cannot read the local file: \(error.text)"
                )
            }
            let text = FileCommand.upload(to: remote, size: source.size, mode: mode)
            return Execution(
                ExecutionRequest(id, operation, text, by: deadline, timeout: timeout),
                input: InputSource(source.file, size: source.size),
                completion: completion
            )
        }
        try check(result, operation)
    }

    /// Copies a regular file of the node; the local file is replaced at once, or not at all.
    ///
    /// No part of it is ever seen here, also after a kill.
    ///
    /// - Parameters:
    ///   - remote: Path on the node; relative paths start at the user's home; `~` is not expanded.
    ///   - local: Path of the file to write, with mode 0600; its folder must exist.
    ///   - timeout: For all of it.
    ///   - limit: The most that the file may have, in bytes; a larger one is an error.
    /// - Throws: ``SSHError``, also if either file cannot be read or written.
    package func download(
        _ remote: String,
        to local: String,
        timeout: Duration,
        limit: Int
    ) async throws(SSHError) {
        let operation = "download \"\(remote)\" to \"\(local)\""
        let deadline = ContinuousClock.now + timeout
        let file: PendingFile
        do throws(SystemError) { file = try PendingFile(for: local) } catch {
            throw localFailure(error, operation)
        }
        let result = try await run(operation) { (id, completion) throws(SSHError) in
            Execution(
                ExecutionRequest(
                    id,
                    operation,
                    FileCommand.download(remote),
                    by: deadline,
                    timeout: timeout
                ),
                outputLimit: limit,
                keepsOutput: false,
                sink: { (stream, bytes) throws(LocalFile.Failure) in
                    guard stream == .stdout else { return }
                    do throws(SystemError) { try file.append(bytes) } catch {
                        throw LocalFile.Failure(code: error.code)
                    }
                },
                completion: completion
            )
        }
        try check(result, operation)
        do throws(SystemError) { try file.keep(durably: false) } catch {
            throw localFailure(error, operation)
        }
    }

    private func localFailure(_ failure: SystemError, _ operation: String) -> SSHError {
        let message = "cannot write the local file: \(failure.text)"
        return target.error(operation, .localFile, code: failure.code, message)
    }

    private func check(_ result: ExecutionResult, _ operation: String) throws(SSHError) {
        guard result.status != .exited(0) else { return }
        let message = FileCommand.problem(
            in: String(decoding: result.stderr, as: UTF8.self),
            status: result.status
        )
        throw target.error(operation, .remoteFile, message)
    }
}
