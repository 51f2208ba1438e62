internal import Engine
internal import Posix
public import Scenario

/// A user's client of one server: HTTP/1.1 over one connection, which stays open between requests.
///
/// A request at a time. After an error the next request makes a new connection.
public final class HTTPClient: @unchecked Sendable {
    // Unchecked: it belongs to its user's loop.

    private let user: User
    private let server: Address
    private let security: Security?
    private let host: String
    private let headers: HTTPHeaders
    private let mostBody: Int
    private var connection: UserConnection?
    private var isBusy = false

    /// Makes a client that has no connection yet.
    ///
    /// - Parameters:
    ///   - user: Whose it is; its connection is closed when the user ends.
    ///   - server: Where to.
    ///   - security: What keeps its connections from others, for `https`; nothing does if `nil`.
    ///   - host: The name that the server is called by; as the address was written, if `nil`.
    ///   - headers: Sent with each request.
    ///   - mostBody: The longest body of an answer that is taken, in bytes.
    public init(
        _ user: User,
        _ server: Address,
        security: Security? = nil,
        host: String? = nil,
        headers: HTTPHeaders = [:],
        mostBody: Int = 1 << 24
    ) {
        self.user = user
        self.server = server
        self.security = security
        self.host = host ?? "\(server)"
        self.headers = headers
        self.mostBody = mostBody
    }

    /// Asks for what is at a path.
    ///
    /// - Parameters:
    ///   - path: From `/` on.
    ///   - limit: How long it may take until the whole answer is there.
    /// - Returns: The answer, of a status from 200 to 399.
    /// - Throws: ``HTTPError``, an error of the connection, `CancellationError`.
    public func get(
        _ path: String,
        within limit: Duration = .seconds(10)
    ) async throws -> HTTPResponse {
        try await request("GET", path, within: limit)
    }

    /// Sends something to a path.
    ///
    /// - Parameters:
    ///   - path: From `/` on.
    ///   - text: The body.
    ///   - type: What the body is.
    ///   - limit: How long it may take until the whole answer is there.
    /// - Returns: The answer, of a status from 200 to 399.
    /// - Throws: ``HTTPError``, an error of the connection, `CancellationError`.
    public func post(
        _ path: String,
        _ text: String,
        type: String = "application/json",
        within limit: Duration = .seconds(10)
    ) async throws -> HTTPResponse {
        try await request(
            "POST",
            path,
            headers: ["content-type": type],
            body: Array(text.utf8),
            within: limit
        )
    }

    /// Sends a request, and suspends until its whole answer is there.
    ///
    /// A request that may be sent twice is sent once more if the connection, kept from the last one, ended in front of the
    /// answer: the server had given it up meanwhile.
    ///
    /// - Parameters:
    ///   - method: Such as `PUT`.
    ///   - path: From `/` on.
    ///   - headers: Beside those of the client.
    ///   - body: None if `nil`.
    ///   - statuses: Any other status of the answer is an error.
    ///   - limit: How long it may take until the whole answer is there.
    /// - Returns: The answer.
    /// - Throws: ``HTTPError``, an error of the connection, `CancellationError`.
    public func request(
        _ method: String,
        _ path: String,
        headers: HTTPHeaders = [:],
        body: [UInt8]? = nil,
        accepting statuses: ClosedRange<Int> = 200...399,
        within limit: Duration = .seconds(10)
    ) async throws -> HTTPResponse {
        let end = user.now + limit.nanoseconds
        do throws(HTTPError.Reason) {
            guard !isBusy else { throw .busy }
        } catch { throw failure(error) }
        isBusy = true
        defer { isBusy = false }
        let request: HTTPRequest
        do {
            request = try HTTPRequest(
                method,
                path,
                host: host,
                headers: self.headers.with(headers),
                body: body
            )
        } catch { throw failure(error) }
        let response = try await answer(to: request, before: end)
        guard statuses.contains(response.status) else {
            throw failure(.status(method: method, response.status))
        }
        return response
    }

    /// Ends the connection; a later request makes another one.
    public func close() {
        connection?.close()
        connection = nil
    }

    private func failure(_ reason: HTTPError.Reason) -> HTTPError {
        HTTPError(server: "\(server)", reason: reason)
    }

    private func answer(to request: HTTPRequest, before end: Int64) async throws -> HTTPResponse {
        var mayRetry = connection != nil && request.isIdempotent
        while true {
            var reader = ResponseReader(to: request.method, mostBody: mostBody)
            do {
                let response = try await exchange(request, &reader, before: end)
                if !response.staysOpen { close() }
                return response
            } catch {
                close()
                let isGivenUp: Bool =
                    switch error {
                    case HTTPError.Reason.cutOff: true
                    case ConnectionError.lost: true
                    default: false
                    }
                if mayRetry, isGivenUp, reader.isEmpty {
                    mayRetry = false
                    continue
                }
                if case ConnectionError.timedOut = error { throw failure(.timedOut) }
                if let reason = error as? HTTPError.Reason { throw failure(reason) }
                throw error
            }
        }
    }

    private func exchange(
        _ request: HTTPRequest,
        _ reader: inout ResponseReader,
        before end: Int64
    ) async throws -> HTTPResponse {
        let connection = try await open(before: end)
        try await connection.write(request.bytes, within: left(end))
        while true {
            let bytes = try await connection.read(within: left(end))
            if bytes.isEmpty { return try reader.end() }
            guard let response = try reader.take(bytes) else {
                // A server that always has more keeps no read waiting.
                guard user.now < end else { throw HTTPError.Reason.timedOut }
                continue
            }
            guard reader.rest.isEmpty else {
                throw HTTPError.Reason.malformed("something stands behind it that nobody asked for")
            }
            return response
        }
    }

    private func open(before end: Int64) async throws -> UserConnection {
        if let connection { return connection }
        let new = try await user.connect(to: server, security: security, within: left(end))
        connection = new
        return new
    }

    private func left(_ end: Int64) -> Duration { .nanoseconds(max(0, end - user.now)) }
}

extension HTTPHeaders {
    /// These, and others behind them.
    func with(_ others: HTTPHeaders) -> HTTPHeaders {
        var all = self
        for field in others.fields { all.append(field.name, field.value) }
        return all
    }
}
