/// What a remote command wrote, and how it ended.
package struct ExecutionResult: Sendable, Hashable {
    /// One of the two outputs of a command.
    package enum Stream: Sendable, Hashable {
        case stdout
        case stderr
    }

    /// How a remote command ended.
    package enum ExitStatus: Sendable, Hashable {
        /// It returned this status, in 0...255.
        case exited(Int32)
        /// A signal ended it; the name has no `SIG` in front, such as `KILL`.
        case signalled(String)
    }

    /// All bytes of standard output, as they came.
    package let stdout: [UInt8]
    /// All bytes of standard error, as they came.
    package let stderr: [UInt8]
    /// How it ended; a status other than 0 is a result, not an error.
    package let status: ExitStatus

    package init(stdout: [UInt8], stderr: [UInt8], status: ExitStatus) {
        self.stdout = stdout
        self.stderr = stderr
        self.status = status
    }
}
