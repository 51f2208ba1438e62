/// An authority made for one test, and certificates that it gives to servers, made by `openssl`.
package final class TestAuthority: Sendable {
    /// A certificate and its key, as servers take them.
    package struct Identity: Sendable {
        package let certificate: String
        package let key: String
    }

    /// The authority's certificate.
    package let certificate: String
    private let folder: TemporaryFolder
    private var key: String { folder.path + "/authority.key" }

    /// Makes an authority that nobody trusts yet.
    package init() async throws {
        folder = try TemporaryFolder()
        certificate = folder.path + "/authority.pem"
        try await Self.run(
            ["req", "-x509", "-days", "2", "-subj", "/CN=authority of a test"] + Self.newKey
                + ["-keyout", folder.path + "/authority.key", "-out", certificate]
        )
    }

    /// Gives a certificate to a server.
    ///
    /// - Parameters:
    ///   - names: What it is good for, such as `DNS:shop.test,IP:127.0.0.1`.
    ///   - days: How long it is good; of a negative number it has expired.
    /// - Returns: Where the certificate and its key are.
    /// - Throws: ``ChildProcess/Failure`` with what `openssl` says.
    package func identity(for names: String, days: Int = 2) async throws -> Identity {
        let place = folder.path + "/\(try folder.names().count)"
        try await Self.run(
            ["req", "-new", "-subj", "/CN=server", "-addext", "subjectAltName=\(names)"]
                + Self.newKey + ["-keyout", place + ".key", "-out", place + ".csr"]
        )
        try await Self.run([
            "x509", "-req", "-in", place + ".csr", "-CA", certificate, "-CAkey", key, "-days",
            "\(days)", "-copy_extensions", "copy", "-out", place + ".pem",
        ])
        return Identity(certificate: place + ".pem", key: place + ".key")
    }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

    private static func run(_ words: [String]) async throws {
        let call = try ChildProcess(["openssl"] + words)
        guard try await call.wait() == .exit(0) else {
            throw ChildProcess.Failure(description: call.output + call.errors)
        }
    }
}
