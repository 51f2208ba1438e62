private import CSSH2
private import Foundation

/// What a call that must not block came to.
enum Step: Sendable, Hashable {
    case done
    /// Call it again, with the same arguments, when the socket is ready.
    case again
}

/// A libssh2 error code with the session's text for it.
struct SessionFailure: Error, Hashable {
    let code: Int32
    let text: String

    /// Whether the whole session is lost, not just the call.
    var endsSession: Bool {
        switch code {
        case LIBSSH2_ERROR_CHANNEL_FAILURE, LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED,
            LIBSSH2_ERROR_CHANNEL_CLOSED, LIBSSH2_ERROR_CHANNEL_EOF_SENT,
            LIBSSH2_ERROR_CHANNEL_UNKNOWN, LIBSSH2_ERROR_REQUEST_DENIED:
            false
        default: true
        }
    }

    var isRefusedAuthentication: Bool {
        code == LIBSSH2_ERROR_AUTHENTICATION_FAILED || code == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED
    }

    var isUnusableKey: Bool { code == LIBSSH2_ERROR_FILE }

    var isKeyExchange: Bool {
        code == LIBSSH2_ERROR_KEX_FAILURE || code == LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE
    }
}

/// The only owner of a `LIBSSH2_SESSION`; used by the poll loop's thread alone.
///
/// libssh2 allows one call at a time per session; its bytes go over a ``Wire``.
final class Session {
    /// The kinds of host key, as libssh2's known-hosts mask and as the protocol names them.
    private static let hostKeyKinds: [(mask: Int32, name: String)] = [
        (LIBSSH2_KNOWNHOST_KEY_ED25519, "ssh-ed25519"),
        (LIBSSH2_KNOWNHOST_KEY_ECDSA_256, "ecdsa-sha2-nistp256"),
        (LIBSSH2_KNOWNHOST_KEY_ECDSA_384, "ecdsa-sha2-nistp384"),
        (LIBSSH2_KNOWNHOST_KEY_ECDSA_521, "ecdsa-sha2-nistp521"),
        (LIBSSH2_KNOWNHOST_KEY_SSHRSA, "ssh-rsa"),
    ]

    /// What the known hosts say of the server's key.
    enum HostKeyVerdict {
        case known
        case unknown(fingerprint: String)
        case changed(fingerprint: String)
    }

    let wire: Wire
    private let raw: OpaquePointer
    /// `nil` once the key was checked: with many nodes these would be many copies.
    private var hosts: OpaquePointer?

    /// Takes over a connected, non-blocking socket and closes it in the end; `nil` if memory is short.
    init?(socket: Int32, memoryLimit: Int = Wire.memoryLimit) {
        let wire = Wire(socket: socket, memoryLimit: memoryLimit)
        // The wire is this session's, so libssh2's pointer to it holds for as long as `raw` does.
        let pointer = Unmanaged.passUnretained(wire).toOpaque()
        guard let raw = Self.makeRaw(pointer) else { return nil }
        guard let hosts = libssh2_knownhost_init(raw) else {
            withExtendedLifetime(wire) { _ = libssh2_session_free(raw) }
            return nil
        }
        libssh2_session_set_blocking(raw, 0)
        ssh2_set_transport(
            raw,
            { _, bytes, count, _, wire in
                Session.wire(wire)?.send(UnsafeRawBufferPointer(start: bytes, count: count)) ?? -1
            },
            { _, bytes, count, flags, wire in
                let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: count)
                return Session.wire(wire)?.receive(into: buffer, flags: flags) ?? -1
            }
        )
        self.wire = wire
        self.raw = raw
        self.hosts = hosts
    }

    /// Frees the session with all its channels and closes the socket.
    deinit {
        // Shut down first: then no call can wait for the peer.
        wire.end()
        forgetHosts()
        var attempts = 0
        while libssh2_session_free(raw) == LIBSSH2_ERROR_EAGAIN, attempts < 64 { attempts += 1 }
    }

    /// Makes a session whose memory the wire counts: libssh2 itself keeps packets without bound.
    private static func makeRaw(_ wire: UnsafeMutableRawPointer) -> OpaquePointer? {
        libssh2_session_init_ex(
            { count, wire in
                let memory = malloc(count)
                Session.wire(wire)?.sessionMemory += malloc_usable_size(memory)
                return memory
            },
            { memory, wire in
                Session.wire(wire)?.sessionMemory -= malloc_usable_size(memory)
                free(memory)
            },
            { memory, count, wire in
                let before = malloc_usable_size(memory)
                let memory = realloc(memory, count)
                guard memory != nil else { return nil }
                Session.wire(wire)?.sessionMemory += malloc_usable_size(memory) - before
                return memory
            },
            wire
        )
    }

    /// The wire behind the pointer that libssh2 hands to its callbacks.
    private static func wire(_ pointer: UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> Wire? {
        (pointer?.pointee).map { Unmanaged<Wire>.fromOpaque($0).takeUnretainedValue() }
    }

    private func forgetHosts() {
        hosts.map(libssh2_knownhost_free)
        hosts = nil
    }

    /// Prepares libssh2; called once, before any session is made.
    static func initializeLibrary() { libssh2_init(0) }

    var socket: Int32 { wire.socket }

    /// Whether packets wait for room in the socket: call ``beginTurn()`` when it can be written.
    var hasUnsentPackets: Bool { wire.unsentCount > 0 }

    /// Whether so much waits that a command's input must wait, too.
    var isCongested: Bool { wire.unsentCount >= Wire.inputMark }

    /// Sends what waits, as far as the socket takes it, and lets in as much as a turn may read.
    func beginTurn() throws(SessionFailure) {
        wire.beginTurn()
        let code = wire.flush()
        guard code == 0 else {
            throw SessionFailure(code: LIBSSH2_ERROR_SOCKET_SEND, text: Socket.text(of: code))
        }
    }

    /// Whether the server has sent its banner; a server that drops connections sends none, or
    /// another line ("Exceeded MaxStartups"), which libssh2 holds for one at first.
    var hasBanner: Bool {
        libssh2_session_banner_get(raw).map { String(cString: $0).hasPrefix("SSH-") } ?? false
    }

    /// Turns a code into a step or an error; no call bypasses this.
    func check(_ code: Int) throws(SessionFailure) -> Step {
        guard code < 0 else { return .done }
        guard code != Int(LIBSSH2_ERROR_EAGAIN) else { return .again }
        throw failure(Int32(code))
    }

    private func failure(_ code: Int32) -> SessionFailure {
        if let problem = wire.problem { return SessionFailure(code: code, text: problem) }
        var text: UnsafeMutablePointer<CChar>?
        libssh2_session_last_error(raw, &text, nil, 0)
        let message = text.map { String(cString: $0) } ?? ""
        return SessionFailure(code: code, text: message.isEmpty ? "no message" : message)
    }

    /// Reads the known hosts, and asks the server for the kinds of key that they hold for `name`.
    ///
    /// Without this a server with several keys would show one that is not recorded.
    func loadKnownHosts(_ path: String, preferringKeysOf name: String) throws(SessionFailure) {
        _ = try check(
            Int(libssh2_knownhost_readfile(hosts, path, LIBSSH2_KNOWNHOST_FILE_OPENSSH))
        )
        let known = Self.hostKeyKinds.filter { kind in
            // A key that no server has: a mismatch says that one of this kind is recorded.
            verdict(name, key: [0], kind.mask) == LIBSSH2_KNOWNHOST_CHECK_MISMATCH
        }
        guard !known.isEmpty else { return }
        let names = known.map(\.name).joined(separator: ",")
        _ = try check(Int(libssh2_session_method_pref(raw, LIBSSH2_METHOD_HOSTKEY, names)))
    }

    /// Exchanges banners and keys.
    func handshake() throws(SessionFailure) -> Step {
        try check(Int(libssh2_session_handshake(raw, socket)))
    }

    /// Compares the server's key with the known hosts, once; `name` is a host or `[host]:port`.
    func checkHostKey(of name: String) throws(SessionFailure) -> HostKeyVerdict {
        defer { forgetHosts() }
        var length = 0
        var kind: Int32 = 0
        guard let key = libssh2_session_hostkey(raw, &length, &kind) else {
            throw failure(LIBSSH2_ERROR_HOSTKEY_INIT)
        }
        let bytes = (0..<length).map { UInt8(bitPattern: key[$0]) }
        // Kinds count from 1 in a known-hosts mask, with its unused RSA1 first, from 0 here.
        let mask = (kind + 1) << LIBSSH2_KNOWNHOST_KEY_SHIFT
        switch verdict(name, key: bytes, mask) {
        case LIBSSH2_KNOWNHOST_CHECK_MATCH: return .known
        case LIBSSH2_KNOWNHOST_CHECK_NOTFOUND: return .unknown(fingerprint: fingerprint)
        case LIBSSH2_KNOWNHOST_CHECK_MISMATCH: return .changed(fingerprint: fingerprint)
        default: throw failure(LIBSSH2_ERROR_KNOWN_HOSTS)
        }
    }

    private func verdict(_ name: String, key: [UInt8], _ mask: Int32) -> Int32 {
        guard let hosts else { return LIBSSH2_KNOWNHOST_CHECK_FAILURE }
        return key.withUnsafeBytes { bytes in
            // Port -1: the port is part of the name, so no entry of another port is taken.
            libssh2_knownhost_checkp(
                hosts,
                name,
                -1,
                bytes.bindMemory(to: CChar.self).baseAddress,
                key.count,
                LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW | mask,
                nil
            )
        }
    }

    /// The server's key as OpenSSH prints it.
    private var fingerprint: String {
        guard let hash = libssh2_hostkey_hash(raw, LIBSSH2_HOSTKEY_HASH_SHA256) else { return "" }
        return "SHA256:" + Data(bytes: hash, count: 32).base64EncodedString().filter { $0 != "=" }
    }

    /// Proves to hold the private key, given in a text format that OpenSSL reads.
    func authenticate(user: String, privateKey: String) throws(SessionFailure) -> Step {
        try check(
            Int(
                libssh2_userauth_publickey_frommemory(
                    raw,
                    user,
                    user.utf8.count,
                    nil,
                    0,
                    privateKey,
                    privateKey.utf8.count,
                    nil
                )
            )
        )
    }

    /// Opens a channel, only one at a time; `nil` means again.
    func openChannel() throws(SessionFailure) -> Channel? {
        let kind = "session"
        let channel = libssh2_channel_open_ex(
            raw,
            kind,
            UInt32(kind.utf8.count),
            2 << 20,
            32 << 10,
            nil,
            0
        )
        if let channel { return Channel(channel, of: self) }
        _ = try check(Int(libssh2_session_last_errno(raw)))
        return nil
    }

    /// Tells the server that this is the end; does not wait.
    func sayGoodbye() {
        libssh2_session_disconnect_ex(raw, SSH_DISCONNECT_BY_APPLICATION, "closed", "")
    }

    /// Frees what libssh2 allocated for the caller.
    func release(_ memory: UnsafeMutablePointer<CChar>?) { libssh2_free(raw, memory) }
}
