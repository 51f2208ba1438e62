private import CSSL
package import Engine

/// One TLS session of a client's, which knows no network: bytes in, bytes out.
package final class TLSSession: ConnectionLayer, @unchecked Sendable {
    // Unchecked: it belongs to the thread of its connection's loop.

    private static let pieceSize = 16_384

    private let session: OpaquePointer
    /// What came from the network, and what must go there; the session owns both.
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    private let server: String
    /// Whether both sides have shown who they are, as far as they were asked.
    package private(set) var isReady = false

    /// Takes over a session, also if this fails.
    init(_ session: sending OpaquePointer, server: String) throws(TLSError) {
        self.session = session
        self.server = server
        guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
            fatalError("no memory")
        }
        self.incoming = incoming
        self.outgoing = outgoing
        SSL_set_bio(session, incoming, outgoing)
        SSL_set_connect_state(session)
        // An address in figures is no name that may be asked for, and stands elsewhere in a certificate.
        let parameters = SSL_get0_param(session)
        if X509_VERIFY_PARAM_set1_ip_asc(parameters, server) != 1 {
            ERR_clear_error()
            guard SSL_set1_host(session, server) == 1, cssl_set_server_name(session, server) == 1
            else { throw TLSError("\"\(server)\" is no name of a server") }
        }
    }

    deinit { SSL_free(session) }

    package func begin() throws(ConnectionLayerError) { try shakeHands() }

    package func open(
        _ sealed: UnsafeRawBufferPointer,
        into plain: inout [UInt8]
    ) throws(ConnectionLayerError) -> Bool {
        // A memory BIO takes all.
        guard BIO_write(incoming, sealed.baseAddress, Int32(sealed.count)) == sealed.count else {
            throw failure("no memory")
        }
        if !isReady { try shakeHands() }
        guard isReady else { return true }
        while true {
            let before = plain.count
            plain.reserveCapacity(before + Self.pieceSize)
            var count = 0
            var code: Int32 = 0
            withUnsafeTemporaryAllocation(byteCount: Self.pieceSize, alignment: 1) { room in
                ERR_clear_error()
                code = SSL_read(session, room.baseAddress, Int32(room.count))
                count = max(0, Int(code))
                plain.append(contentsOf: UnsafeRawBufferPointer(rebasing: room[..<count]))
            }
            guard count == 0 else { continue }
            switch SSL_get_error(session, code) {
            case SSL_ERROR_WANT_READ: return true
            case SSL_ERROR_ZERO_RETURN: return false
            default: throw failure(TLSError.last().description)
            }
        }
    }

    package func seal(_ plain: [UInt8]) throws(ConnectionLayerError) {
        guard isReady else { throw failure("not ready") }
        guard !plain.isEmpty else { return }
        var rest = plain[...]
        while !rest.isEmpty {
            ERR_clear_error()
            let count = rest.withUnsafeBytes {
                SSL_write(session, $0.baseAddress, Int32(clamping: $0.count))
            }
            guard count > 0 else { throw failure(TLSError.last().description) }
            rest = rest.dropFirst(Int(count))
        }
    }

    package func takeOutput() -> [UInt8] {
        let count = BIO_ctrl_pending(outgoing)
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { room, used in
            used = Int(max(0, BIO_read(outgoing, room.baseAddress, Int32(room.count))))
        }
    }

    package func sayGoodbye() {
        guard isReady else { return }
        ERR_clear_error()
        _ = SSL_shutdown(session)
        ERR_clear_error()
    }

    package var problemOfEnd: String {
        isReady
            ? "the connection ended without TLS's goodbye: what it said may be cut off"
            : "the connection ended before TLS stood"
    }

    private func shakeHands() throws(ConnectionLayerError) {
        ERR_clear_error()
        let code = SSL_do_handshake(session)
        guard code != 1 else {
            isReady = true
            return
        }
        guard SSL_get_error(session, code) != SSL_ERROR_WANT_READ else { return }
        let verdict = SSL_get_verify_result(session)
        let reason = TLSError.last().description
        guard verdict == X509_V_OK else {
            let text = String(cString: X509_verify_cert_error_string(verdict))
            throw failure("the certificate of \"\(server)\" is refused: \(text)")
        }
        throw failure(reason)
    }

    private func failure(_ problem: String) -> ConnectionLayerError {
        ConnectionLayerError(problem: "TLS: \(problem)")
    }
}
