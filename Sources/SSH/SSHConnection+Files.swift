private import Posix

extension SSHConnection {
    /// Takes the remote path, the size, the octal mode and a word that makes a name unique.
    ///
    /// A cut connection ends `cat` as the file's end does: only the size tells them apart.
    private static let uploadScript = #"""
        path=$1
        part=$1.$4.part
        [ ! -d "$path" ] || { echo "is a directory" >&2; exit 1; }
        umask 077
        trap 'rm -f -- "$part"' EXIT
        trap 'exit 1' HUP INT TERM
        cat >"$part" || exit 1
        got=$(wc -c <"$part")
        [ "$got" -eq "$2" ] || { echo "only $got of $2 bytes arrived" >&2; exit 1; }
        chmod -- "$3" "$part" && mv -f -- "$part" "$path"
        """#

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
            let words = [
                Self.uploadScript, "upload", Self.plain(remote), String(source.size),
                String(mode, radix: 8), String(UInt64.random(in: .min ... .max), radix: 36),
            ]
            let text = words.map(Quoting.quote).joined(separator: " ")
            return Execution(
                ExecutionRequest(
                    id,
                    operation,
                    "exec /bin/sh -c " + text,
                    by: deadline,
                    timeout: timeout
                ),
                input: InputSource(source.file, size: source.size),
                completion: completion
            )
        }
        try check(result, operation)
    }

    /// Takes the remote path, and prints the file unless it is something else.
    ///
    /// A device and a pipe have no end, and a link leads to anything. A node may lie here, as
    /// everywhere: what holds then are the limits.
    private static let downloadScript = #"""
        path=$1
        if [ -L "$path" ]; then kind='a symbolic link'
        elif [ -d "$path" ]; then kind='a directory'
        elif [ -e "$path" ] && [ ! -f "$path" ]; then kind='a pipe, a socket or a device'
        else exec cat -- "$path"
        fi
        echo "is $kind, not a regular file" >&2
        exit 1
        """#

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
        let words = [Self.downloadScript, "download", Self.plain(remote)]
        let text = words.map(Quoting.quote).joined(separator: " ")
        let result = try await run(operation) { (id, completion) throws(SSHError) in
            Execution(
                ExecutionRequest(
                    id,
                    operation,
                    "exec /bin/sh -c " + text,
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

    /// A path that no program takes for an option.
    private static func plain(_ path: String) -> String {
        path.hasPrefix("-") ? "./" + path : path
    }

    private func check(_ result: ExecutionResult, _ operation: String) throws(SSHError) {
        guard result.status != .exited(0) else { return }
        let text = String(decoding: result.stderr, as: UTF8.self)
            .split(whereSeparator: \.isNewline)
            .joined(separator: "; ")
        let message = text.isEmpty ? "the node's cat ended with \(result.status)" : text
        throw target.error(operation, .remoteFile, message)
    }
}
