internal import Engine
internal import TLS

/// How a connection is kept from others: by TLS 1.2 or newer.
///
/// Make one in the preparation, for all users.
public struct Security: Sendable {
    private let client: TLSClient
    private let name: String?

    /// Looks at the server's certificate: who does not prove to have the name is not talked to.
    ///
    /// - Parameters:
    ///   - authorities: A file of certificates, in PEM, of those whose word is taken; those that the system trusts if `nil`.
    ///   - name: The server's name, also told to it; the host of its address if `nil`.
    /// - Throws: An error that names the file, if it cannot be read.
    public init(authorities: String? = nil, name: String? = nil) throws {
        client = try TLSClient(trusting: authorities.map { .file($0) } ?? .system)
        self.name = name
    }

    private init(client: TLSClient, name: String?) {
        self.client = client
        self.name = name
    }

    /// Takes anybody for the server, such as one with a certificate of its own making.
    ///
    /// It keeps out who listens, and nobody who pretends.
    ///
    /// - Throws: An error if the system's library does not work.
    public static func unverified(name: String? = nil) throws -> Security {
        Security(client: try TLSClient(trusting: .anybody), name: name)
    }

    func session(with address: Address) throws -> TLSSession {
        try client.session(with: name ?? address.address.host)
    }
}
