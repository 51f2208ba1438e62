internal import Engine
internal import Posix
public import Scenario

/// A user's WebSocket (RFC 6455): messages both ways over one connection.
///
/// One task may receive while others send. Who never receives answers no ping, and is ended by the server some day.
public final class WebSocket: @unchecked Sendable {
    // Unchecked: it belongs to its user's loop.

    private let user: User
    private let connection: UserConnection
    private let server: String
    private var reader: WebSocketReader
    private var isReading = false
    private var hasClosed = false
    /// How the server ended it; `nil` while it has not.
    public private(set) var ending: WebSocketEnding?
    /// How many answers to ``ping()`` were received.
    public private(set) var pongs = 0
    /// What the server chose of the protocols that it was offered; `nil` if nothing.
    public let choice: String?

    /// Connects to a server, and suspends until it agrees.
    ///
    /// - Parameters:
    ///   - user: Whose it is; it is closed when the user ends.
    ///   - server: Where to.
    ///   - path: From `/` on.
    ///   - security: What keeps it from others, for `wss`; nothing does if `nil`.
    ///   - host: The name that the server is called by; as the address was written, if `nil`.
    ///   - protocols: What the server may choose of.
    ///   - headers: Sent beside those of the protocol.
    ///   - mostBytes: The longest message that is received.
    ///   - limit: How long it may take.
    /// - Returns: The WebSocket.
    /// - Throws: ``HTTPError`` if the server does not agree, an error of the connection, `CancellationError`.
    public static func connect(
        _ user: User,
        _ server: Address,
        _ path: String = "/",
        security: Security? = nil,
        host: String? = nil,
        protocols: [String] = [],
        headers: HTTPHeaders = [:],
        mostBytes: Int = 1 << 20,
        within limit: Duration = .seconds(10)
    ) async throws -> WebSocket {
        let end = user.now + limit.nanoseconds
        let greeting = WebSocketGreeting(protocols)
        let connection = try await user.connect(to: server, security: security, within: limit)
        do {
            let request = try HTTPRequest(
                "GET",
                path,
                host: host ?? "\(server)",
                headers: headers.with(greeting.headers)
            )
            try await connection.write(request.bytes, within: .nanoseconds(max(0, end - user.now)))
            // Only what a server that refuses may say of it is long.
            var answer = ResponseReader(to: "GET", mostBody: 1 << 20)
            while true {
                let left = Duration.nanoseconds(max(0, end - user.now))
                let bytes = try await connection.read(within: left)
                let response = bytes.isEmpty ? try answer.end() : try answer.take(bytes)
                guard let response else {
                    // A server that always has more keeps no read waiting.
                    guard user.now < end else { throw HTTPError.Reason.timedOut }
                    continue
                }
                let choice = try greeting.choice(of: response)
                var reader = WebSocketReader(mostBytes: mostBytes)
                reader.append(answer.rest)
                return WebSocket(user, connection, "\(server)", reader, choice)
            }
        } catch {
            connection.close()
            switch error {
            case let reason as HTTPError.Reason:
                throw HTTPError(server: "\(server)", reason: reason)
            case ConnectionError.timedOut: throw HTTPError(server: "\(server)", reason: .timedOut)
            default: throw error
            }
        }
    }

    private init(
        _ user: User,
        _ connection: UserConnection,
        _ server: String,
        _ reader: WebSocketReader,
        _ choice: String?
    ) {
        self.user = user
        self.connection = connection
        self.server = server
        self.reader = reader
        self.choice = choice
    }

    // MARK: Sending

    /// Sends a text, and suspends until the system has taken it.
    ///
    /// - Parameters:
    ///   - text: What is sent.
    ///   - most: In pieces of so many bytes, if it is longer.
    /// - Throws: ``WebSocketError`` if it was closed, an error of the connection, `CancellationError`.
    public func send(_ text: String, inPiecesOf most: Int = .max) async throws {
        try await send(.text, Array(text.utf8), most)
    }

    /// Sends bytes, and suspends until the system has taken them.
    ///
    /// - Parameters:
    ///   - bytes: What is sent.
    ///   - most: In pieces of so many, if there are more.
    /// - Throws: ``WebSocketError`` if it was closed, an error of the connection, `CancellationError`.
    public func send(_ bytes: [UInt8], inPiecesOf most: Int = .max) async throws {
        try await send(.binary, bytes, most)
    }

    /// Asks for a sign of life; the answer is counted in ``pongs`` when it is received.
    public func ping() throws { try put(WebSocketFrame(.ping, [])) }

    private func send(_ kind: WebSocketFrame.Kind, _ bytes: [UInt8], _ most: Int) async throws {
        guard !hasClosed else { throw WebSocketError(server, "it was closed") }
        // All at once, so that no other message comes in between.
        var frames: [UInt8] = []
        var rest = bytes[...]
        repeat {
            let piece = Array(rest.prefix(max(1, most)))
            rest = rest.dropFirst(piece.count)
            let own = frames.isEmpty ? kind : .continuation
            frames += WebSocketFrame(own, piece, isLast: rest.isEmpty).bytes(mask: Self.mask)
        } while !rest.isEmpty
        try await connection.write(frames)
    }

    private func put(_ frame: WebSocketFrame) throws {
        try connection.put(frame.bytes(mask: Self.mask))
    }

    private static var mask: UInt32 { .random(in: 0...(.max)) }

    // MARK: Receiving

    /// What a frame costs of a turn of its user, in bytes: others run after 256 of them at the latest.
    private static let frameCost = EventLoop.share / 256

    /// Suspends until a message has arrived, and answers pings meanwhile.
    ///
    /// - Parameter limit: How long it may take; `nil` for ever.
    /// - Returns: The message; `nil` when the server has ended it, for the reason in ``ending``.
    /// - Throws: ``WebSocketError`` if the server does not keep to the protocol, or is cut off; an error of the connection;
    ///   `CancellationError`.
    public func receive(within limit: Duration? = nil) async throws -> WebSocketMessage? {
        guard !isReading else {
            throw WebSocketError(
                server,
                "two tasks receive at the same time; let one of them do it"
            )
        }
        guard ending == nil else { return nil }
        isReading = true
        defer { isReading = false }
        let end = limit.map { user.now + $0.nanoseconds }
        var hasRead = false
        while true {
            user.loop.spend(Self.frameCost)
            if user.loop.isShareSpent { try await user.loop.giveWay() }
            switch try await event(before: end, &hasRead) {
            case .message(let message): return message
            case .ping(let payload): if !hasClosed { try put(WebSocketFrame(.pong, payload)) }
            case .pong: pongs += 1
            case .close(let ending):
                self.ending = ending
                // Whether or not the server still reads it, that was all.
                if !hasClosed { try? sayClose(ending.code == 1_005 ? 1_000 : ending.code) }
                hasClosed = true
                connection.close()
                return nil
            }
        }
    }

    private func event(
        before end: Int64?,
        _ hasRead: inout Bool
    ) async throws -> WebSocketReader.Event {
        do {
            while true {
                if let event = try reader.next() { return event }
                // A server that always has more keeps no read waiting.
                if let end, hasRead, user.now >= end { throw ConnectionError.timedOut(server) }
                hasRead = true
                let left = end.map { Duration.nanoseconds(max(0, $0 - user.now)) }
                let bytes = try await connection.read(within: left)
                guard !bytes.isEmpty else {
                    connection.close()
                    throw WebSocketError(server, "the connection ended without a close")
                }
                reader.append(bytes)
            }
        } catch let fault as WebSocketReader.Fault {
            // The server is told why, if it still reads.
            try? sayClose(fault.code)
            hasClosed = true
            connection.close()
            throw WebSocketError(server, "it sent \(fault.problem)")
        }
    }

    // MARK: End

    /// Tells the server that this was all, and suspends until it has agreed.
    ///
    /// Messages that still come are dropped. If another task receives, that one learns of the end.
    ///
    /// - Parameters:
    ///   - code: 1000 to 4999.
    ///   - limit: After this time it is closed all the same.
    /// - Throws: An error of the connection, `CancellationError`.
    public func close(code: UInt16 = 1_000, within limit: Duration = .seconds(5)) async throws {
        guard !hasClosed else { return }
        try sayClose(code)
        hasClosed = true
        guard !isReading else { return }
        defer { connection.close() }
        let end = user.now + limit.nanoseconds
        do {
            while user.now < end,
                try await receive(within: .nanoseconds(max(0, end - user.now))) != nil
            {}
        } catch ConnectionError.timedOut {
            // It had its time.
        }
    }

    private func sayClose(_ code: UInt16) throws {
        try put(WebSocketFrame(.close, [UInt8(code >> 8), UInt8(code & 0xFF)]))
    }
}

/// What a server does wrong, or a scenario.
public struct WebSocketError: Error, Hashable, CustomStringConvertible {
    /// The server's address, and what happened.
    public let description: String

    init(_ server: String, _ problem: String) { description = "\(server): WebSocket: \(problem)" }
}
