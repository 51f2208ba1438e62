private import CSSH2

/// The only owner of a `LIBSSH2_CHANNEL`: one remote command.
///
/// It keeps its session alive, and must be freed by ``free()`` or left to the session's end.
final class Channel {
    private let session: Session
    private let raw: OpaquePointer

    init(_ raw: OpaquePointer, of session: Session) {
        self.raw = raw
        self.session = session
    }

    /// Asks the server to run `text` by the user's login shell.
    func start(_ text: [UInt8]) throws(SessionFailure) -> Step {
        let request = "exec"
        let code = text.withUnsafeBytes { bytes in
            libssh2_channel_process_startup(
                raw,
                request,
                UInt32(request.utf8.count),
                bytes.bindMemory(to: CChar.self).baseAddress,
                UInt32(text.count)
            )
        }
        return try session.check(Int(code))
    }

    /// Reads what is there of one output; 0 if nothing is there now, or ever will be.
    func read(
        _ stream: ExecutionResult.Stream,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(SessionFailure) -> Int {
        let count = libssh2_channel_read_ex(
            raw,
            stream == .stdout ? 0 : SSH_EXTENDED_DATA_STDERR,
            buffer.bindMemory(to: CChar.self).baseAddress,
            buffer.count
        )
        return try session.check(count) == .again ? 0 : count
    }

    /// Writes to the command's standard input as much as the window takes; 0 if nothing now.
    func write(_ bytes: UnsafeRawBufferPointer) throws(SessionFailure) -> Int {
        let count = libssh2_channel_write_ex(
            raw,
            0,
            bytes.bindMemory(to: CChar.self).baseAddress,
            bytes.count
        )
        return try session.check(count) == .again ? 0 : count
    }

    /// Ends the command's standard input.
    func sendEOF() throws(SessionFailure) -> Step {
        try session.check(Int(libssh2_channel_send_eof(raw)))
    }

    /// Whether both outputs have ended and all of them was read.
    var isAtEOF: Bool { libssh2_channel_eof(raw) == 1 }

    /// Waits for the server to close the channel, by when it has told the status; needs ``isAtEOF``.
    func waitClosed() throws(SessionFailure) -> Step {
        try session.check(Int(libssh2_channel_wait_closed(raw)))
    }

    /// How the command ended; true only after ``waitClosed()``.
    var status: ExecutionResult.ExitStatus {
        var signal: UnsafeMutablePointer<CChar>?
        libssh2_channel_get_exit_signal(raw, &signal, nil, nil, nil, nil, nil)
        guard let signal else { return .exited(libssh2_channel_get_exit_status(raw)) }
        defer { session.release(signal) }
        return .signalled(String(cString: signal))
    }

    /// Closes the channel and frees it; not to be used any more once this is done.
    func free() throws(SessionFailure) -> Step {
        try session.check(Int(libssh2_channel_free(raw)))
    }
}
