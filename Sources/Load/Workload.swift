/// What a load sends: which request is the n-th, how it looks on the wire, and what replies mean.
///
/// The engine (``LoadLoop``) knows sockets and time, and no database. Each loop has its own copy.
/// Replies of one connection come in the order of its requests.
package protocol Workload: SendableMetatype {
    /// Reads the replies of one connection.
    associatedtype Parser: ReplyParser

    /// The kinds of request as they are tagged in the log, such as `READ`; at most 255.
    static var operations: [String] { get }
    /// The servers; the list may grow during the run, and never shrinks.
    var endpoints: [NodeAddress] { get }
    /// The most bytes that one request takes on the wire.
    var largestRequest: Int { get }

    /// What is sent first on each connection, which is of use once the reply to it is accepted; at
    /// most 1024 bytes, and empty for nothing.
    var greeting: [UInt8] { get }

    /// Returns whether this reply to ``greeting`` opens the connection; `text` says why one failed.
    func accepts(_ reply: Reply, _ text: [UInt8]) -> Bool
    /// Returns request `index`, counted from 0 over all parts and loops; the same whoever asks.
    ///
    /// It is `mutating` so that a loop calls it in place, without a copy of the workload.
    mutating func request(_ index: Int) -> Request
    /// Returns the index of the server that serves the request now.
    func endpoint(of request: Request) -> Int
    /// Writes the request to `output`, which has room for ``largestRequest`` bytes.
    ///
    /// - Parameters:
    ///   - request: What to send.
    ///   - asking: Whether the server was named by a reply ``Reply/ask``; such a request has one
    ///     reply in front of its own, which the engine drops.
    ///   - output: Where to write it.
    /// - Returns: The number of bytes written.
    func encode(
        _ request: Request,
        asking: Bool,
        into output: UnsafeMutablePointer<UInt8>
    ) -> Int
    /// What the reply ``Reply/missing`` to a request means: that nothing is under its key, no more than
    /// ``Reply/done``, or that the server did not do it.
    func meaningOfMissing(_ request: Request) -> Reply
    /// Returns the server that a reply ``Reply/moved`` or ``Reply/ask`` names, and learns from it.
    ///
    /// - Parameters:
    ///   - text: The reply.
    ///   - endpoint: The server that sent it.
    /// - Returns: `nil` if the reply names none that can be reached.
    mutating func redirect(_ text: [UInt8], from endpoint: Int) -> Int?
    /// Takes over what is known since about who serves what; returns whether anything changed.
    mutating func refresh() -> Bool
    /// Takes note that a connection to the server broke or could not be made.
    mutating func lostConnection(to endpoint: Int)
}

extension Workload {
    package func meaningOfMissing(_ request: Request) -> Reply { .missing }
}

/// One request: what to do and to which key.
package struct Request: Sendable, Hashable {
    /// Index into ``Workload/operations``.
    package var operation: UInt8
    /// A number that the workload turns into its own kind of key.
    package var key: UInt64
}

/// What a reply says.
package enum Reply: Sendable, Hashable {
    /// It worked.
    case done
    /// It worked, and there is nothing under that key.
    case missing
    /// The server refused or failed; the text says why.
    case failed
    /// Another server has that key from now on; the text says which.
    case moved
    /// Another server has that key this once; the text says which.
    case ask
}

/// Reads the replies of one connection out of its bytes, however they are cut.
package protocol ReplyParser: SendableMetatype {
    /// Makes a parser that stands before the first reply.
    init()

    /// The text of the last reply that was ``Reply/failed``, ``Reply/moved`` or ``Reply/ask``.
    var text: [UInt8] { get }

    /// Reads on from `position` in `bytes` and moves it behind what was read.
    ///
    /// - Returns: The next reply, or `nil` if the bytes end before it does.
    /// - Throws: ``ReplySyntaxError`` if this is no reply; the connection is then of no more use.
    mutating func next(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ position: inout Int
    ) throws(ReplySyntaxError) -> Reply?
}

/// Bytes that are no reply of the protocol.
package struct ReplySyntaxError: Error, Hashable {}
