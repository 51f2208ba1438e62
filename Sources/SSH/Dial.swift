private import Foundation

/// One attempt to connect and authenticate, from the host's name to a session that is ready.
///
/// Lives on the poll loop's thread. Tries every address of the host, and tries again when the
/// server drops it before its banner, as a busy sshd does.
final class Dial: Pollable {
    private enum Phase {
        case waiting
        case resolving
        case connecting(Int32)
        case handshaking(Session)
        case authenticating(Session)
        case backingOff(until: ContinuousClock.Instant)
        case over
    }

    /// How often a server may drop a new connection before its banner.
    private static let dropLimit = 10

    private let id: UInt64
    private let target: SSHTarget
    private let identity: Identity
    private let deadline: ContinuousClock.Instant
    private let timeout: Duration
    private unowned let reactor: Reactor
    private var completion: ((Result<Session, SSHError>) -> Void)?
    private var phase = Phase.waiting
    private var addresses: [SocketAddress] = []
    private var nextAddress = 0
    private var addressDeadline: ContinuousClock.Instant?
    private var drops = 0
    private var operation: String { "connect to \(target.address)" }

    init(
        id: UInt64,
        target: SSHTarget,
        identity: Identity,
        timeout: Duration,
        deadline: ContinuousClock.Instant,
        reactor: Reactor,
        completion: @escaping (Result<Session, SSHError>) -> Void
    ) {
        self.id = id
        self.target = target
        self.identity = identity
        self.timeout = timeout
        self.deadline = deadline
        self.reactor = reactor
        self.completion = completion
    }

    var socket: Int32? {
        switch phase {
        case .connecting(let socket): socket
        case .handshaking(let session), .authenticating(let session): session.socket
        default: nil
        }
    }

    var awaits: Readiness {
        switch phase {
        case .connecting: .writing
        case .handshaking(let session), .authenticating(let session):
            session.hasUnsentPackets ? [.reading, .writing] : .reading
        default: []
        }
    }

    var hasMore: Bool { false }

    var nextDeadline: ContinuousClock.Instant? {
        if case .backingOff(let until) = phase { return min(until, deadline) }
        return min(deadline, addressDeadline ?? deadline)
    }

    /// Begins as soon as the server's other dials leave room.
    func start() {
        reactor.admission.enter(target.address, id: id) { [self] in resolve() }
    }

    /// Ends it with an error; for cancellation.
    func fail(_ error: SSHError) { finish(.failure(error)) }

    func advance(_ ready: Readiness) {
        guard !ready.isEmpty else { return }
        do throws(SessionFailure) {
            switch phase {
            case .connecting(let socket): try connected(socket)
            case .handshaking(let session):
                try session.beginTurn()
                try shakeHands(session)
            case .authenticating(let session):
                try session.beginTurn()
                try authenticate(session)
            case .waiting, .resolving, .backingOff, .over: break
            }
        } catch {
            sessionFailed(error)
        }
    }

    func expire(now: ContinuousClock.Instant) {
        if now >= deadline { return timedOut() }
        switch phase {
        case .backingOff: tryAddress(0)
        case .connecting:
            dropSocket()
            tryAddress(nextAddress)
        default: addressDeadline = nil
        }
    }

    private func timedOut() {
        let stage =
            switch phase {
            case .waiting: "waiting for other connections to the same server"
            case .resolving: "looking up the host name"
            case .connecting: "waiting for an answer; is the address right and the port open?"
            case .handshaking(let session) where !session.hasBanner:
                "waiting for a banner; is it an SSH server?"
            case .handshaking: "exchanging keys"
            case .authenticating: "authenticating"
            case .backingOff, .over: "being dropped before the banner (sshd's MaxStartups)"
            }
        finish(
            .failure(target.error(operation, .timedOut, "timed out after \(timeout) \(stage)"))
        )
    }

    private func resolve() {
        phase = .resolving
        if let numeric = try? Socket.resolve(target.host, port: target.port, numeric: true) {
            // Not a number is no error: then it is a name.
            return resolved(.success(numeric))
        }
        let (id, host, port, loop) = (id, target.host, target.port, reactor.loop)
        DispatchQueue.global().async {
            let result = Result { () throws(ResolutionFailure) in
                try Socket.resolve(host, port: port, numeric: false)
            }
            loop.submit { reactor in reactor.dials[id]?.resolved(result) }
        }
    }

    private func resolved(_ result: Result<[SocketAddress], ResolutionFailure>) {
        switch result {
        case .success(let addresses):
            self.addresses = addresses
            tryAddress(0)
        case .failure(let failure):
            let message = "no address for \"\(target.host)\": \(failure.text)"
            finish(
                .failure(
                    target.error(operation, .hostNameUnknown, code: failure.code, message)
                )
            )
        }
    }

    private func tryAddress(_ index: Int, after code: Int32 = ETIMEDOUT) {
        guard index < addresses.count else { return connectionFailed(code) }
        nextAddress = index + 1
        let left = deadline - ContinuousClock.now
        addressDeadline = ContinuousClock.now + left / (addresses.count - index)
        let socket = Socket.connect(to: addresses[index], sendBuffer: target.sendBuffer)
        guard socket >= 0 else { return tryAddress(index + 1, after: -socket) }
        phase = .connecting(socket)
    }

    private func connectionFailed(_ code: Int32) {
        let refused = code == ECONNREFUSED
        let hint = refused ? "; is sshd running, and on this port?" : ""
        let reason: SSHError.Reason =
            switch code {
            case ECONNREFUSED: .connectionRefused
            case ETIMEDOUT: .timedOut
            case EMFILE, ENFILE: .failed
            default: .unreachable
            }
        let message = Socket.text(of: code) + hint
        finish(.failure(target.error(operation, reason, code: code, message)))
    }

    private func connected(_ socket: Int32) throws(SessionFailure) {
        let code = Socket.connectionError(socket)
        guard code == 0 else {
            dropSocket()
            return tryAddress(nextAddress, after: code)
        }
        addressDeadline = nil
        // From here on the socket is the session's, also if that does not come about.
        phase = .resolving
        guard let session = Session(socket: socket) else { return connectionFailed(ENOMEM) }
        phase = .handshaking(session)
        do throws(SessionFailure) {
            try session.loadKnownHosts(
                target.knownHostsFile,
                preferringKeysOf: target.knownHostsName
            )
        } catch {
            let message = "\(error.text); give one line \"HOST TYPE KEY\" for each host key"
            return finish(
                .failure(
                    target.error(
                        "read known hosts \"\(target.knownHostsFile)\"",
                        .knownHostsUnreadable,
                        code: error.code,
                        message
                    )
                )
            )
        }
        try shakeHands(session)
    }

    private func shakeHands(_ session: Session) throws(SessionFailure) {
        guard try session.handshake() == .done else { return }
        switch try session.checkHostKey(of: target.knownHostsName) {
        case .known:
            phase = .authenticating(session)
            try authenticate(session)
        case .unknown(let fingerprint):
            let message =
                "no key of \"\(target.knownHostsName)\" is in \"\(target.knownHostsFile)\";"
                + " if \(fingerprint) is the server's, add it there"
            finish(.failure(target.error(operation, .hostKeyUnknown, message)))
        case .changed(let fingerprint):
            let message =
                "the server's key \(fingerprint) differs from the one in"
                + " \"\(target.knownHostsFile)\": another machine, or an attack;"
                + " if it was made anew, remove its line there"
            finish(.failure(target.error(operation, .hostKeyChanged, message)))
        }
    }

    private func authenticate(_ session: Session) throws(SessionFailure) {
        let step = try session.authenticate(user: target.user, privateKey: identity.text)
        guard step == .done else { return }
        finish(.success(session))
    }

    private func sessionFailed(_ failure: SessionFailure) {
        switch phase {
        case .handshaking(let session) where !session.hasBanner:
            return dropped(failure)
        case .authenticating where failure.isRefusedAuthentication:
            let message =
                "the server refused the key \"\(identity.path)\" for user \"\(target.user)\";"
                + " is its public half in that user's authorized_keys?"
            let error = target.error(operation, .authenticationRefused, code: failure.code, message)
            return finish(.failure(error))
        case .authenticating where failure.isUnusableKey:
            let error = target.error(
                "read identity file \"\(identity.path)\"",
                .identityInvalid,
                code: failure.code,
                "libssh2 cannot use this key (\(failure.text)); use an ed25519 key"
            )
            return finish(.failure(error))
        default:
            let hint = failure.isKeyExchange ? "; the server offers nothing that libssh2 knows" : ""
            let error = target.error(operation, .failed, code: failure.code, failure.text + hint)
            finish(.failure(error))
        }
    }

    private func dropped(_ failure: SessionFailure) {
        drops += 1
        guard drops < Self.dropLimit else {
            let message =
                "the server closed \(drops) connections before its banner (\(failure.text));"
                + " is it an SSH server, and is its MaxStartups large enough?"
            let error = target.error(operation, .dropped, code: failure.code, message)
            return finish(.failure(error))
        }
        // Doubling from 20 ms, at most 1 s, and up to twice that, so that many do not return at once.
        let pause = Duration.milliseconds(min(1000, 10 << drops)) * Double.random(in: 1...2)
        phase = .backingOff(until: ContinuousClock.now + pause)
    }

    private func finish(_ result: Result<Session, SSHError>) {
        guard let completion else { return }
        self.completion = nil
        dropSocket()
        phase = .over
        reactor.remove(dial: id)
        reactor.admission.leave(target.address, id: id)
        completion(result)
    }

    /// Closes a socket that no session has taken over, once.
    private func dropSocket() {
        guard case .connecting(let socket) = phase else { return }
        Socket.discard(socket)
        phase = .resolving
    }
}
