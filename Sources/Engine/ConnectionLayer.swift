/// What stands between a connection's user and the network, such as TLS; it knows neither.
package protocol ConnectionLayer: AnyObject {
    /// Whether what the user writes can be sealed.
    var isReady: Bool { get }

    /// Begins to make both sides known to each other.
    func begin() throws(ConnectionLayerError)

    /// Takes what came from the network, and appends what is in it for the user.
    ///
    /// - Returns: Whether more may come: not when the other side has said that this was all.
    func open(
        _ sealed: UnsafeRawBufferPointer,
        into plain: inout [UInt8]
    ) throws(ConnectionLayerError) -> Bool

    /// Seals what the user writes.
    func seal(_ plain: [UInt8]) throws(ConnectionLayerError)

    /// Takes what must go to the network.
    func takeOutput() -> [UInt8]

    /// Tells the other side that this was all.
    func sayGoodbye()

    /// What it means that the network ended by itself now.
    var problemOfEnd: String { get }
}

/// What a layer finds wrong with the other side.
package struct ConnectionLayerError: Error, Sendable, Hashable {
    /// What happened.
    package let problem: String

    /// Makes an error.
    package init(problem: String) { self.problem = problem }
}
