package import Engine

/// Where a server listens, looked up once for all users.
public struct Address: Sendable, CustomStringConvertible {
    package let address: TCPAddress

    /// Reads `HOST:PORT` or `[IPV6]:PORT` and looks the host up; do so while the scenario is prepared, as it may take a while.
    ///
    /// - Throws: An error that names the address, if it cannot be read or the host is not known.
    public init(_ text: String) throws { address = try TCPAddress(text) }

    /// As it was written.
    public var description: String { address.description }
}

/// A user's TCP connection; closed when the user ends, at the latest.
///
/// Errors name the server and what happened. All waits end with `CancellationError` when the user is removed.
public final class UserConnection: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    let connection: TCPConnection
    private let loop: EventLoop

    init(_ connection: TCPConnection, on loop: EventLoop) {
        self.connection = connection
        self.loop = loop
    }

    private func deadline(_ limit: Duration?) -> Int64? {
        limit.map { loop.now + $0.nanoseconds }
    }

    /// Suspends until something has arrived.
    ///
    /// - Parameters:
    ///   - most: At most so many bytes, up to 65,536.
    ///   - limit: How long it may take; `nil` for ever.
    /// - Returns: What has arrived; nothing when the server has ended the connection.
    /// - Throws: An error that names the server and what happened.
    public func read(upTo most: Int = 65_536, within limit: Duration? = nil) async throws -> [UInt8]
    {
        try await connection.read(upTo: most, before: deadline(limit))
    }

    /// Suspends until a whole line has arrived.
    ///
    /// - Parameters:
    ///   - most: A longer line, in bytes, is an error.
    ///   - limit: How long it may take; `nil` for ever.
    /// - Returns: The line without its end; `nil` behind the last one.
    /// - Throws: An error that names the server and what happened.
    public func readLine(
        upTo most: Int = 65_536,
        within limit: Duration? = nil
    ) async throws -> String? {
        try await connection.readLine(upTo: most, before: deadline(limit))
    }

    /// Sends bytes, and suspends until the system has taken all of them.
    public func write(_ bytes: [UInt8], within limit: Duration? = nil) async throws {
        try await connection.write(bytes, before: deadline(limit))
    }

    /// Sends a text, and suspends until the system has taken all of it.
    public func write(_ text: String, within limit: Duration? = nil) async throws {
        try await write(Array(text.utf8), within: limit)
    }

    /// Sends bytes as soon as the system takes them, and waits for nothing; from any of the user's tasks.
    ///
    /// - Throws: An error that names the server: also if 1 MiB waits already, of which then nothing is sent.
    public func put(_ bytes: [UInt8]) throws { try connection.put(bytes) }

    /// Ends the connection.
    public func close() { connection.close() }
}

extension User {
    /// Connects to a server, and suspends until the connection stands.
    ///
    /// - Parameters:
    ///   - address: Where to.
    ///   - security: What keeps it from others; nothing does if `nil`.
    ///   - limit: How long it may take.
    /// - Returns: The connection.
    /// - Throws: An error that names the server and what happened; `CancellationError`.
    public func connect(
        to address: Address,
        security: Security? = nil,
        within limit: Duration = .seconds(10)
    ) async throws -> UserConnection {
        let end = now + limit.nanoseconds
        let connection = try TCPConnection.begin(to: address.address, on: loop)
        try await connection.open(before: end)
        try crowd.note(connection, of: id)
        if let security { try await secure(connection, to: address, by: security, before: end) }
        return UserConnection(connection, on: loop)
    }

    private func secure(
        _ connection: TCPConnection,
        to address: Address,
        by security: Security,
        before end: Int64
    ) async throws {
        do {
            let session = try security.session(with: address)
            try await connection.secure(by: session, before: end)
        } catch {
            connection.close()
            throw error
        }
    }
}
