/// A failure of a connection, or of a command or transfer over it; never a command's exit status.
package struct SSHError: Error, Hashable, CustomStringConvertible {
    /// What is wrong; code branches on this, never on the text.
    package enum Reason: Sendable, Hashable {
        case hostNameUnknown
        case connectionRefused
        case unreachable
        case timedOut
        case cancelled
        /// The server closed each new connection before its banner.
        case dropped
        /// The connection was lost.
        case disconnected
        /// ``SSHConnection/close()`` was called.
        case closed
        case knownHostsUnreadable
        case hostKeyUnknown
        case hostKeyChanged
        case identityMissing
        case identityUnreadable
        case identityEncrypted
        /// An RSA key, which libssh2 before 1.11 signs with SHA-1, which sshd refuses.
        case identityIsRSA
        /// A key in a FIDO device, which libssh2 before 1.11 does not know.
        case identityNeedsDevice
        case identityInvalid
        case authenticationRefused
        /// The server allowed no further channel, or no command on it.
        case channelRefused
        case localFile
        /// The command wrote more than the call takes.
        case outputTooLarge
        case remoteFile
        /// Anything else that libssh2 or the system reports; see ``SSHError/code``.
        case failed
    }

    /// The node's name.
    package let node: String
    /// What was being done, such as `connect to 10.0.0.1:22`.
    package let operation: String
    package let reason: Reason
    /// The `LIBSSH2_ERROR_…` code (negative) or `errno` (positive) below it; 0 if there is none.
    package let code: Int32
    /// What is wrong and what helps, for people.
    package let message: String
    /// Whether the command could not be ended, and may still run on the node.
    package let mayStillRun: Bool

    package init(
        node: String,
        operation: String,
        reason: Reason,
        code: Int32 = 0,
        message: String,
        mayStillRun: Bool = false
    ) {
        self.node = node
        self.operation = operation
        self.reason = reason
        self.code = code
        self.message = message
        self.mayStillRun = mayStillRun
    }

    /// The same failure, of another call.
    package func during(_ operation: String) -> SSHError {
        SSHError(
            node: node,
            operation: operation,
            reason: reason,
            code: code,
            message: message,
            mayStillRun: mayStillRun
        )
    }

    /// The same failure, of a command that could not be ended.
    package var unended: SSHError {
        SSHError(
            node: node,
            operation: operation,
            reason: reason,
            code: code,
            message: message
                + "; its remote process could not be ended and may still run",
            mayStillRun: true
        )
    }

    /// `NODE: OPERATION: MESSAGE`.
    package var description: String { "\(node): \(operation): \(message)" }
}

extension SSHTarget {
    /// Makes an error that names this node.
    func error(
        _ operation: String,
        _ reason: SSHError.Reason,
        code: Int32 = 0,
        _ message: String
    ) -> SSHError {
        SSHError(node: name, operation: operation, reason: reason, code: code, message: message)
    }

    /// Makes the error of a command whose output cannot be kept.
    func error(_ operation: String, _ problem: Output.Problem) -> SSHError {
        switch problem {
        case .localFile(let failure):
            error(operation, .localFile, code: failure.code, failure.text)
        case .tooLarge(let limit):
            error(operation, .outputTooLarge, "wrote more than \(limit) bytes and was ended")
        case .tooManyErrors(let limit):
            error(
                operation,
                .outputTooLarge,
                "wrote more than \(limit) bytes to standard error and was ended"
            )
        }
    }
}
