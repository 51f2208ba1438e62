private import Glibc
internal import Posix

/// A TCP connection whose reads and writes suspend tasks of its loop.
///
/// What has arrived stays in the system until somebody reads, so that a connection at rest has no buffer, and a
/// peer that sends more than is read is slowed down. One task may read while another one writes.
package final class TCPConnection: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    /// So many bytes wait to be sent at most.
    package static let mostOutput = 1 << 20
    /// What a call of the system costs at least, as if it had moved so many bytes.
    private static let leastCost = 1_024

    /// The other side, in messages.
    package let peer: String
    private let loop: EventLoop
    private var file: Int32
    private var ticket: WatchTicket?
    private let reader: Gate
    private let writer: Gate
    private var mayRead = true
    private var mayWrite: Bool
    /// Whether the other side sends no more; then only the end of the input says that it is over.
    private var hasHungUp = false
    private var failure: ConnectionError?
    private var layer: (any ConnectionLayer)?
    /// Whether the layer was told by the other side that this was all.
    private var isComplete = false
    private var input = ReceivedBytes()
    private var output: [UInt8] = []
    private var outputStart = 0

    // MARK: Beginning

    /// Connects, and suspends until the connection stands.
    ///
    /// - Parameters:
    ///   - address: Where to.
    ///   - loop: The calling task's.
    ///   - deadline: On the loop's clock; `nil` for as long as the system tries.
    /// - Returns: The connection.
    /// - Throws: ``ConnectionError``, `CancellationError`.
    package static func connect(
        to address: TCPAddress,
        on loop: EventLoop,
        before deadline: Int64? = nil
    ) async throws -> TCPConnection {
        let connection = try begin(to: address, on: loop)
        try await connection.open(before: deadline)
        return connection
    }

    /// Begins to connect; ``open(before:)`` waits for the rest.
    ///
    /// - Throws: ``ConnectionError``.
    package static func begin(
        to address: TCPAddress,
        on loop: EventLoop
    ) throws(ConnectionError) -> TCPConnection {
        guard !loop.isVirtual else { throw ConnectionError.virtualClock(address.description) }
        let file = try address.open()
        let result = address.withSocketAddress { Glibc.connect(file, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else {
            let problem = SystemError().text
            Glibc.close(file)
            throw ConnectionError.refused(address.description, problem: problem)
        }
        return try TCPConnection(file, peer: address.description, on: loop, isOpen: false)
    }

    /// Takes over a socket that never blocks, and closes it also if this fails.
    init(
        _ file: Int32,
        peer: String,
        on loop: EventLoop,
        isOpen: Bool
    ) throws(ConnectionError) {
        self.peer = peer
        self.loop = loop
        self.file = file
        mayWrite = isOpen
        reader = Gate(on: loop)
        writer = Gate(on: loop)
        var on: Int32 = 1
        setsockopt(file, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        do {
            ticket = try loop.watch(file) { [weak self] in self?.becameReady($0) }
        } catch {
            close()
            throw .system(error)
        }
    }

    /// Suspends until a connection that was begun stands; closes it if it does not.
    ///
    /// - Parameter deadline: On the loop's clock; `nil` for as long as the system tries.
    /// - Throws: ``ConnectionError``, `CancellationError`.
    package func open(before deadline: Int64? = nil) async throws {
        do {
            while !mayWrite {
                guard try await writer.wait(before: deadline) else {
                    throw ConnectionError.timedOut(peer)
                }
            }
            try seeWhetherItStands()
        } catch {
            close()
            throw error
        }
    }

    private func seeWhetherItStands() throws(ConnectionError) {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        if getsockopt(file, SOL_SOCKET, SO_ERROR, &code, &length) != 0 { code = errno }
        guard code == 0 else {
            throw ConnectionError.refused(peer, problem: SystemError.text(of: code))
        }
    }

    /// Puts a layer over the connection, and suspends until both sides have agreed; before anything is read or written.
    ///
    /// - Throws: ``ConnectionError``, `CancellationError`.
    package func secure(
        by layer: any ConnectionLayer,
        before deadline: Int64? = nil
    ) async throws {
        self.layer = layer
        passOn { () throws(ConnectionLayerError) in try layer.begin() }
        while true {
            if let failure { throw failure }
            if layer.isReady { return }
            if mayRead, receive() == 0 { lose(.layer(peer, problem: layer.problemOfEnd)) }
            if layer.isReady || failure != nil { continue }
            guard try await reader.wait(before: deadline) else {
                throw ConnectionError.timedOut(peer)
            }
        }
    }

    deinit { close() }

    /// Ends it, and the waits for it with ``ConnectionError/closed(_:)``.
    ///
    /// What waits to be sent is lost.
    package func close() {
        guard file >= 0 else { return }
        if let layer, failure == nil, output.isEmpty {
            layer.sayGoodbye()
            // Whether or not it can be said now: nobody waits for it.
            output = layer.takeOutput()
            flush()
        }
        if let ticket { loop.forget(ticket) }
        Glibc.close(file)
        file = -1
        failure = failure ?? .closed(peer)
        reader.fail(ConnectionError.closed(peer))
        writer.fail(ConnectionError.closed(peer))
    }

    /// Whether it was not closed here.
    package var isOpen: Bool { file >= 0 }

    private func becameReady(_ readiness: Readiness) {
        if readiness.isReadable {
            mayRead = true
            hasHungUp = hasHungUp || readiness.hasHungUp
            reader.wake()
        }
        guard readiness.isWritable else { return }
        mayWrite = true
        flush()
        if output.isEmpty { writer.wake() }
    }

    private func lose(_ error: ConnectionError) {
        failure = failure ?? error
        reader.fail(error)
        writer.fail(error)
    }

    // MARK: Reading

    /// Suspends until something has arrived.
    ///
    /// - Parameters:
    ///   - most: At most so many bytes, up to 65,536.
    ///   - deadline: On the loop's clock; `nil` for ever.
    /// - Returns: At least one byte; none when the other side has ended it.
    /// - Throws: ``ConnectionError``, `CancellationError`.
    package func read(
        upTo most: Int = EventLoop.scratchSize,
        before deadline: Int64? = nil
    ) async throws -> [UInt8] {
        while input.isEmpty {
            if let hasMore = try fill() {
                guard hasMore else { return [] }
            } else if try await !reader.wait(before: deadline) {
                throw ConnectionError.timedOut(peer)
            }
        }
        return input.take(upTo: most)
    }

    /// Suspends until a whole line has arrived.
    ///
    /// - Parameters:
    ///   - limit: A longer line, in bytes, is an error.
    ///   - deadline: On the loop's clock; `nil` for ever.
    /// - Returns: The line without its end; `nil` when the other side has ended it behind the last one.
    /// - Throws: ``ConnectionError``, `CancellationError`.
    package func readLine(
        upTo limit: Int = 65_536,
        before deadline: Int64? = nil
    ) async throws -> String? {
        var searched = 0
        while true {
            if let line = try takeLine(behind: searched, upTo: limit) { return line }
            searched = input.count
            if let hasMore = try fill() {
                guard !hasMore else { continue }
                guard searched == 0 else { throw ConnectionError.endedInLine(peer) }
                return nil
            }
            guard try await reader.wait(before: deadline) else {
                throw ConnectionError.timedOut(peer)
            }
        }
    }

    /// Takes a line that is here; `nil` if its end is not, which the first `searched` bytes have not.
    private func takeLine(behind searched: Int, upTo limit: Int) throws(ConnectionError) -> String?
    {
        do { return try input.takeLine(behind: searched, upTo: limit) } catch {
            throw .lineTooLong(peer, limit: limit)
        }
    }

    /// Takes more input: false at its end, `nil` if it must be waited for.
    ///
    /// Whoever waits does so by himself: each frame in between is memory of every user who reads.
    private func fill() throws(ConnectionError) -> Bool? {
        guard !reader.isTaken else { throw .shared(peer) }
        if let failure { throw failure }
        if mayRead, let count = receive() { return count > 0 }
        if let failure { throw failure }
        return nil
    }

    /// Takes what has arrived: how many bytes, 0 at the end; `nil` if nothing is there.
    private func receive() -> Int? {
        guard let layer else {
            return receiveBytes { input.bytes.append(contentsOf: $0) }
        }
        let before = input.count
        while !isComplete {
            var isEnd = false
            let count = receiveBytes { sealed in
                passOn { () throws(ConnectionLayerError) in
                    isEnd = try !layer.open(sealed, into: &input.bytes)
                }
            }
            guard let count, failure == nil else { return nil }
            guard count > 0 else {
                // Anybody could have ended it.
                lose(.layer(peer, problem: layer.problemOfEnd))
                return nil
            }
            isComplete = isEnd
            let new = input.count - before
            if new > 0 { return new }
        }
        return 0
    }

    /// Lets the layer do something, and sends what comes of it.
    private func passOn(_ body: () throws(ConnectionLayerError) -> Void) {
        var problem: ConnectionError?
        do throws(ConnectionLayerError) { try body() } catch {
            problem = .layer(peer, problem: error.problem)
        }
        // Also what tells the other side why this one goes away.
        if failure == nil, let bytes = layer?.takeOutput(), !bytes.isEmpty { send(bytes) }
        if let problem { lose(problem) }
    }

    /// Hands what has arrived to `body`: how many bytes, 0 at the end; `nil` if nothing is there.
    private func receiveBytes(_ body: (UnsafeRawBufferPointer) -> Void) -> Int? {
        guard !loop.isShareSpent else {
            // The caller waits as if nothing were there, so that others run, and its deadline and its end hold.
            _ = loop.alarm(at: loop.now) { [weak self] in self?.reader.wake() }
            return nil
        }
        let room = loop.scratch
        let count = uninterrupted { recv(file, room.baseAddress, room.count, 0) }
        loop.spend(max(count, Self.leastCost))
        guard count >= 0 else {
            mayRead = false
            if errno != EAGAIN { lose(.lost(peer, problem: SystemError().text)) }
            return nil
        }
        // Then nothing is left, and the next change is told; the end of the input would not be.
        if count > 0, count < room.count, !hasHungUp { mayRead = false }
        input.forgetTaken()
        if count > 0 { body(UnsafeRawBufferPointer(rebasing: room[..<count])) }
        return count
    }

    // MARK: Writing

    /// Sends bytes, and suspends until the system has taken all of them.
    ///
    /// - Throws: ``ConnectionError``, `CancellationError`; a part may be sent then.
    package func write(_ bytes: [UInt8], before deadline: Int64? = nil) async throws {
        try put(bytes)
        while !output.isEmpty {
            guard !writer.isTaken else { throw ConnectionError.shared(peer) }
            guard try await writer.wait(before: deadline) else {
                throw ConnectionError.timedOut(peer)
            }
            if let failure { throw failure }
        }
        if loop.isShareSpent { try await loop.giveWay() }
    }

    /// Sends bytes as soon as the system takes them, and waits for nothing.
    ///
    /// - Throws: ``ConnectionError/full(_:limit:)`` if 1 MiB waits already; then nothing is sent of these.
    package func put(_ bytes: [UInt8]) throws(ConnectionError) {
        if let failure { throw failure }
        guard output.isEmpty || output.count - outputStart + bytes.count <= Self.mostOutput else {
            throw .full(peer, limit: Self.mostOutput)
        }
        if let layer {
            passOn { () throws(ConnectionLayerError) in try layer.seal(bytes) }
        } else {
            send(bytes)
        }
        if let failure { throw failure }
    }

    private func send(_ bytes: [UInt8]) {
        if output.isEmpty { output = bytes } else { output.append(contentsOf: bytes) }
        if mayWrite { flush() }
    }

    /// Sends no more: the other side sees the end behind what was sent, and may still be read.
    package func endOutput() {
        if file >= 0 { shutdown(file, Int32(SHUT_WR)) }
    }

    private func flush() {
        while outputStart < output.count {
            let count = output.withUnsafeBytes { bytes in
                uninterrupted {
                    Glibc.send(
                        file,
                        bytes.baseAddress.map { $0 + outputStart },
                        bytes.count - outputStart,
                        Int32(MSG_NOSIGNAL)
                    )
                }
            }
            guard count >= 0 else {
                mayWrite = false
                if errno != EAGAIN { lose(.lost(peer, problem: SystemError().text)) }
                break
            }
            outputStart += count
            loop.spend(max(count, Self.leastCost))
        }
        // What is sent is forgotten at last, and now and then before, so that a place costs a constant.
        guard outputStart == output.count || outputStart > 65_536 else { return }
        output.removeFirst(outputStart)
        if output.isEmpty { output = [] }
        outputStart = 0
    }
}
