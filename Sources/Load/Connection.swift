private import Glibc
internal import Posix

/// One connection to a server, with the requests that wait for it and those that wait for replies.
///
/// Belongs to one ``LoadLoop``, which is the only one to touch it.
final class Connection<Parser: ReplyParser> {
    /// Whether requests can go out.
    enum State {
        case closed
        case connecting
        /// It stands, and the server has not accepted the greeting yet.
        case greeting
        case open
    }

    /// What came of an attempt to send.
    enum Sending {
        case all
        case socketIsFull
        case broken(Int32)
    }

    let index: Int
    let endpoint: Int
    var state = State.closed
    var descriptor: Int32 = -1
    var parser = Parser()
    var waiting = RequestQueue()
    var sent = RequestQueue()
    /// Whether it is among the loop's connections that have something to send.
    var isDirty = false
    var isWatchedForOutput = false
    /// How often in a row it could not be made.
    var failures = 0

    private let output: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private var outputStart = 0
    private var outputEnd = 0

    /// Makes a closed connection whose output buffer holds at least one request.
    init(index: Int, endpoint: Int, largestRequest: Int) {
        self.index = index
        self.endpoint = endpoint
        capacity = max(largestRequest, 16_384)
        output = .allocate(capacity: capacity)
    }

    deinit {
        if descriptor >= 0 { Glibc.close(descriptor) }
        output.deallocate()
    }

    /// Begins to connect, without waiting for it.
    ///
    /// - Throws: The system's reason if it fails at once.
    func connect(to address: NodeAddress) throws(LoadError) {
        let socket = try address.socket(numericOnly: true)
        let file = try socket.open()
        let flags = fcntl(file, F_GETFL, 0)
        _ = fcntl(file, F_SETFL, flags | O_NONBLOCK)
        let result = socket.withSocketAddress { Glibc.connect(file, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else {
            let code = errno
            Glibc.close(file)
            throw .system(SystemError("connect to \(address)", code: code))
        }
        descriptor = file
        state = .connecting
        parser = Parser()
        outputStart = 0
        outputEnd = 0
        isWatchedForOutput = true
    }

    /// Returns 0 if the connection now stands, else the `errno` that says why not.
    func connectResult() -> Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else {
            return errno
        }
        return code
    }

    /// Closes the socket; what is queued stays queued.
    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
        state = .closed
        isWatchedForOutput = false
    }

    /// The room for requests, if all that was put in before has been taken by the socket.
    var room: (start: UnsafeMutablePointer<UInt8>, count: Int) {
        (output + outputEnd, capacity - outputEnd)
    }

    /// Whether bytes go to and fro, if only those of the greeting.
    var isConnected: Bool { state == .open || state == .greeting }

    /// Whether bytes of requests wait for room in the socket.
    var hasUnsentOutput: Bool { outputStart < outputEnd }

    /// Puts the greeting in front of all requests.
    func put(_ greeting: [UInt8]) {
        greeting.withUnsafeBufferPointer { bytes in
            if let start = bytes.baseAddress { room.start.update(from: start, count: bytes.count) }
        }
        put(greeting.count)
    }

    /// Takes note that `count` bytes were put into ``room``.
    func put(_ count: Int) { outputEnd += count }

    /// Offers the output to the socket.
    func send() -> Sending {
        while outputStart < outputEnd {
            let count = Glibc.send(
                descriptor,
                output + outputStart,
                outputEnd - outputStart,
                Int32(MSG_NOSIGNAL)
            )
            if count >= 0 {
                outputStart += count
            } else if errno == EAGAIN {
                return .socketIsFull
            } else if errno != EINTR {
                return .broken(errno)
            }
        }
        outputStart = 0
        outputEnd = 0
        return .all
    }

    /// Reads what has arrived.
    ///
    /// - Returns: The number of bytes; 0 if none are there yet; `nil` if the connection has ended.
    func receive(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int? {
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { return count }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : nil
    }
}
