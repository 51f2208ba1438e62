private import CSSL

/// What clients of one kind have in common: whom they trust.
package final class TLSClient: @unchecked Sendable {
    // Unchecked: OpenSSL counts the sessions of a context from any thread, and nothing of it is changed once it is made.

    /// Whose word for a server's name is taken.
    package enum Trust: Sendable, Hashable {
        /// The authorities that this system trusts.
        case system
        /// The authorities whose certificates are in this file, in PEM, and no other.
        case file(String)
        /// Anybody's: then only who listens is kept out, not who pretends to be the server.
        case anybody
    }

    private let context: OpaquePointer

    /// Makes a client.
    ///
    /// - Throws: ``TLSError`` if the file of authorities cannot be read.
    package init(trusting trust: Trust) throws(TLSError) {
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw TLSError.last() }
        self.context = context
        cssl_release_buffers(context)
        guard cssl_require_tls12(context) == 1 else { throw TLSError.last() }
        switch trust {
        case .system:
            guard SSL_CTX_set_default_verify_paths(context) == 1 else { throw TLSError.last() }
            SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        case .file(let path):
            guard SSL_CTX_load_verify_file(context, path) == 1 else {
                let reason = TLSError.last().description
                throw TLSError("\(path): no certificates of authorities can be read: \(reason)")
            }
            SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        case .anybody: SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
        }
    }

    deinit { SSL_CTX_free(context) }

    /// Begins a session with the server of a name, or of an address in figures.
    package func session(with server: String) throws(TLSError) -> TLSSession {
        guard let session = SSL_new(context) else { throw TLSError.last() }
        return try TLSSession(session, server: server)
    }
}

/// What went wrong in TLS.
package struct TLSError: Error, Hashable, CustomStringConvertible {
    /// What happened.
    package let description: String

    init(_ description: String) { self.description = description }

    /// What OpenSSL says of its last call, of which it then remembers nothing.
    static func last() -> TLSError {
        // The first ones say how, the last one says what.
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0, let reason = ERR_reason_error_string(code) else {
            return TLSError("no reason is known")
        }
        return TLSError(String(cString: reason))
    }
}
