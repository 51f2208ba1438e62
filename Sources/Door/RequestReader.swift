/// Puts a request together from what arrives, however the network cuts it; keeps 74 KB of it at most.
package struct RequestReader: Sendable {
    /// The first line and the fields, in bytes.
    package static let mostHead = 8_192
    /// Header fields.
    package static let mostFields = 64
    /// The body, in bytes.
    package static let mostBody = 65_536

    private var bytes: [UInt8] = []
    /// How much of `bytes` holds no end of the head.
    private var searched = 0
    /// The head, once it is whole.
    private(set) var head: RequestHead?

    /// Makes a reader of one request.
    package init() {}

    /// Takes what has arrived.
    ///
    /// What comes behind the request is left out: a connection serves one.
    ///
    /// - Returns: The request, once it is whole.
    /// - Throws: ``Refusal``, as soon as it can be no request.
    package mutating func take(_ more: some Collection<UInt8>) throws(Refusal) -> DoorRequest? {
        bytes.append(contentsOf: more)
        if head == nil { try takeHead() }
        guard let head, bytes.count >= head.length else { return nil }
        return DoorRequest(head.method, head.path, body: Array(bytes.prefix(head.length)))
    }

    private mutating func takeHead() throws(Refusal) {
        let end = endOfHead()
        // An end that is not whole yet may still begin where the search goes on.
        guard end ?? searched <= Self.mostHead else {
            throw Refusal(431, "the head of a request has at most \(Self.mostHead) bytes")
        }
        guard let end else { return }
        head = try RequestHead(bytes[..<end])
        bytes.removeFirst(end + 4)
    }

    /// Where the empty line begins that ends the head.
    private mutating func endOfHead() -> Int? {
        var index = searched
        while index + 3 < bytes.count {
            if bytes[index] == 13, bytes[index + 1] == 10, bytes[index + 2] == 13,
                bytes[index + 3] == 10
            {
                return index
            }
            index += 1
        }
        searched = index
        return nil
    }
}
