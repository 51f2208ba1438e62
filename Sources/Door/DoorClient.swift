package import Engine
package import JSON

/// Asks at a door, as `bench control` does.
package struct DoorClient: Sendable {
    /// How long it waits for an answer, in nanoseconds.
    private static let patience: Int64 = 10_000_000_000
    /// The longest answer, in bytes.
    private static let most = 16 << 20

    private let address: TCPAddress
    private let token: DoorToken?

    /// Makes a client of one door; the host is looked up now.
    ///
    /// - Throws: ``ConnectionError/address(_:problem:)``.
    package init(_ address: String, token: DoorToken?) throws(ConnectionError) {
        self.address = try TCPAddress(address)
        self.token = token
    }

    /// Sends one request, and waits for its answer.
    ///
    /// - Returns: The status and the body.
    /// - Throws: ``DoorError``, `ConnectionError`.
    package func ask(
        _ method: String,
        _ path: String,
        _ body: JSON? = nil
    ) throws -> (status: Int, body: [UInt8]) {
        let loop = try EventLoop()
        let result = Box()
        let text = request(method, path, body)
        let address = address
        Task(executorPreference: loop) {
            do {
                result.value = .success(try await Self.exchange(text, with: address, on: loop))
            } catch {
                result.value = .failure(error)
            }
        }
        _ = loop.run(until: { result.value != nil }, before: .max)
        guard let bytes = try result.value?.get() else { return (0, []) }
        return try Self.parse(bytes, from: address.description)
    }

    private func request(_ method: String, _ path: String, _ body: JSON?) -> [UInt8] {
        let content = body.map { Array($0.line.utf8) } ?? []
        var head = "\(method) \(path) HTTP/1.1\r\nHost: \(address)\r\nConnection: close\r\n"
        if let token { head += "Authorization: Bearer \(token.text)\r\n" }
        if method != "GET" {
            head += "Content-Type: application/json\r\nContent-Length: \(content.count)\r\n"
        }
        return Array((head + "\r\n").utf8) + content
    }

    private static func exchange(
        _ request: [UInt8],
        with address: TCPAddress,
        on loop: EventLoop
    ) async throws -> [UInt8] {
        let deadline = loop.now + patience
        let connection = try await TCPConnection.connect(to: address, on: loop, before: deadline)
        defer { connection.close() }
        try await connection.write(request, before: deadline)
        var answer: [UInt8] = []
        while true {
            let more = try await connection.read(before: deadline)
            guard !more.isEmpty else { return answer }
            answer += more
            guard answer.count <= most else {
                throw DoorError.answer(address.description, problem: "its answer has no end")
            }
        }
    }

    /// Reads an answer of HTTP/1 that ends with its connection.
    static func parse(
        _ bytes: [UInt8],
        from peer: String
    ) throws(DoorError) -> (status: Int, body: [UInt8]) {
        guard !bytes.isEmpty else {
            throw .answer(peer, problem: "it ended the connection without an answer")
        }
        let end = bytes.indices.dropLast(3).first { bytes[$0...].starts(with: [13, 10, 13, 10]) }
        let first = String(decoding: bytes.prefix { $0 != 13 }.prefix(64), as: UTF8.self)
        let words = first.split(separator: " ")
        guard let end, words.count >= 2, words[0].hasPrefix("HTTP/1."), words[1].count == 3,
            let status = Int(words[1])
        else { throw .answer(peer, problem: "no door of a scenario answers there") }
        return (status, Array(bytes[(end + 4)...]))
    }

    /// What a task leaves for the thread that runs its loop.
    private final class Box: @unchecked Sendable {
        // Unchecked: both are one thread.
        var value: Result<[UInt8], any Error>?
    }
}
