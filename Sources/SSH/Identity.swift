private import Foundation

/// A private key that libssh2 can use, as text.
package struct Identity: Sendable, Hashable {
    let path: String
    let text: String

    /// The object identifier 1.2.840.113549.1.1.1 (RFC 8017), as DER has it.
    private static let rsaEncryption: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]

    /// Reads the target's identity file.
    ///
    /// - Throws: ``SSHError`` if it is missing, unreadable, encrypted, an RSA key, or no private key.
    static func load(for target: SSHTarget) throws(SSHError) -> Identity {
        let path = target.identityFile
        func failure(_ reason: SSHError.Reason, code: Int32 = 0, _ message: String) -> SSHError {
            target.error("read identity file \"\(path)\"", reason, code: code, message)
        }
        switch LocalFile.read(path, limit: 1 << 20) {
        case .failure(let problem) where problem.code == ENOENT:
            throw failure(.identityMissing, code: ENOENT, "no such file; make one with ssh-keygen")
        case .failure(let problem):
            throw failure(.identityUnreadable, code: problem.code, problem.text)
        case .success(let bytes):
            let text = String(decoding: bytes, as: UTF8.self)
            if let (reason, message) = Self.fault(in: text) { throw failure(reason, message) }
            return Identity(path: path, text: text)
        }
    }

    /// What the file at `path` is.
    package static func kind(of path: String) -> IdentityKind {
        switch LocalFile.read(path, limit: 1 << 20) {
        case .failure(let problem): return problem.code == ENOENT ? .missing : .unusable
        case .success(let bytes):
            let text = String(decoding: bytes, as: UTF8.self)
            switch fault(in: text)?.reason {
            case nil: return .usable
            case .identityEncrypted: return .encrypted
            case .identityIsRSA: return .rsa
            case .identityNeedsDevice: return .device
            default: return isPublicKey(text) ? .publicHalf : .unusable
            }
        }
    }

    /// Whether a file is what ssh-keygen writes to a name with .pub: type, key, comment.
    private static func isPublicKey(_ text: String) -> Bool {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count >= 2, let data = Data(base64Encoded: String(words[1])) else {
            return false
        }
        // The key names its type again, behind four bytes of length.
        return data.dropFirst(4).starts(with: words[0].utf8)
    }

    /// Says why a key cannot serve; `nil` if nothing speaks against it.
    static func fault(in text: String) -> (reason: SSHError.Reason, message: String)? {
        let encrypted =
            "the key is encrypted; use one without a passphrase (ssh-keygen -p takes it off)"
        let rsa = "RSA keys are signed with SHA-1 here, which sshd refuses; use an ed25519 key"
        let none = "is no private key; name the file that ssh-keygen wrote without .pub"
        let lines = text.split(whereSeparator: \.isNewline)
        guard let begin = lines.first(where: { $0.hasPrefix("-----BEGIN ") }) else {
            return (.identityInvalid, none)
        }
        if text.contains("ENCRYPTED") { return (.identityEncrypted, encrypted) }
        if begin.contains("BEGIN RSA") { return (.identityIsRSA, rsa) }
        guard begin.contains("PRIVATE KEY") else { return (.identityInvalid, none) }
        let body = lines.filter { !$0.hasPrefix("-----") }.joined()
        let data = Data(base64Encoded: body)
        guard begin.contains("OPENSSH") else {
            // PKCS #8 tells the kind inside.
            return data?.range(of: Data(rsaEncryption)) == nil ? nil : (.identityIsRSA, rsa)
        }
        guard let data, let key = OpenSSHKey(Array(data)) else {
            return (.identityInvalid, "the key is damaged; copy it anew")
        }
        if key.kind.hasPrefix("sk-") {
            return (
                .identityNeedsDevice,
                "the key is on a security key, which is not asked here; use an ed25519 key"
            )
        }
        if key.cipher != "none" { return (.identityEncrypted, encrypted) }
        return key.kind == "ssh-rsa" ? (.identityIsRSA, rsa) : nil
    }
}

/// What a file is that should be a private key.
package enum IdentityKind: Sendable, Hashable {
    /// A key that libssh2 takes.
    case usable
    case rsa
    case encrypted
    /// A key whose secret is in a FIDO device.
    case device
    /// The public half, whose private half an agent may have.
    case publicHalf
    case missing
    /// Nobody can log in with it.
    case unusable
}

/// The unencrypted head of OpenSSH's private key format (openssh/PROTOCOL.key).
private struct OpenSSHKey {
    let cipher: String
    let kind: String

    init?(_ bytes: [UInt8]) {
        let magic = Array("openssh-key-v1\0".utf8)
        guard bytes.starts(with: magic) else { return nil }
        var rest = bytes.dropFirst(magic.count)
        func number() -> Int? {
            guard rest.count >= 4 else { return nil }
            defer { rest = rest.dropFirst(4) }
            return rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        }
        func string() -> ArraySlice<UInt8>? {
            guard let length = number(), rest.count >= length else { return nil }
            defer { rest = rest.dropFirst(length) }
            return rest.prefix(length)
        }
        guard let cipher = string(), string() != nil, string() != nil, number() == 1,
            let blob = string()
        else { return nil }
        rest = blob
        guard let kind = string() else { return nil }
        self.cipher = String(decoding: cipher, as: UTF8.self)
        self.kind = String(decoding: kind, as: UTF8.self)
    }
}
