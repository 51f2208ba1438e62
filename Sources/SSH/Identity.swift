private import Foundation

/// A private key that libssh2 can use, as text.
struct Identity: Sendable, Hashable {
    let path: String
    let text: String

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
        guard begin.contains("OPENSSH") else { return nil }
        let body = lines.filter { !$0.hasPrefix("-----") }.joined()
        guard let data = Data(base64Encoded: body), let key = OpenSSHKey(Array(data)) else {
            return (.identityInvalid, "the key is damaged; copy it anew")
        }
        if key.cipher != "none" { return (.identityEncrypted, encrypted) }
        return key.kind == "ssh-rsa" ? (.identityIsRSA, rsa) : nil
    }
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
