import DeploymentState
import Shell

/// The key pair by which a deployment's user logs in to its nodes.
struct KeyPair: Sendable, Hashable {
    /// The public key's absolute path.
    let publicKey: String
    /// The private key: an absolute path, or a name inside the state directory.
    let identity: String

    /// Takes the user's keys, or makes a pair inside the state directory.
    ///
    /// - Parameters:
    ///   - publicKey: What the config says; the private key may then be in an agent.
    ///   - privateKey: What the config says.
    ///   - files: The state directory.
    /// - Returns: Where both keys are.
    /// - Throws: ``ProvError/badKey(path:reason:)`` for a key that is absent or does not fit.
    static func prepare(
        publicKey: String?,
        privateKey: String?,
        files: StateFiles
    ) async throws -> KeyPair {
        for path in [publicKey, privateKey].compactMap(\.self) where !Files.exists(path) {
            throw ProvError.badKey(path: path, reason: "no such key file; the config names it")
        }
        switch (publicKey, privateKey) {
        case (let publicKey?, let privateKey?):
            try await check(publicKey: publicKey, fits: privateKey)
            let copy = try keep(publicKey, in: files)
            return KeyPair(publicKey: copy, identity: privateKey)
        case (let publicKey?, nil):
            let sibling = publicKey.hasSuffix(".pub") ? String(publicKey.dropLast(4)) : publicKey
            let copy = try keep(publicKey, in: files)
            return KeyPair(
                publicKey: copy,
                identity: Files.exists(sibling) ? sibling : Files.split(copy).name
            )
        case (nil, let privateKey?):
            return try await derive(from: privateKey, files: files)
        case (nil, nil):
            return try await make(files)
        }
    }

    private static func make(_ files: StateFiles) async throws -> KeyPair {
        let pair = KeyPair(
            publicKey: files.publicKey,
            identity: Files.split(files.identity).name
        )
        if Files.exists(files.identity), let text = try await publicPart(of: files.identity) {
            // The public key may be the user's of a config that named one.
            let kept = Files.exists(files.publicKey) ? try Files.read(files.publicKey) : ""
            if words(kept) != words(text) { try Files.write(text, to: files.publicKey) }
            return pair
        }
        // Made under another name, so that a kill in between leaves no half of a pair.
        let temporary = files.path + "/.key.tmp"
        for path in [temporary, temporary + ".pub"] { try Files.remove(path) }
        let words = ["-q", "-t", "ed25519", "-N", "", "-C", "prov \(files.name)", "-f", temporary]
        try await LocalProcess("ssh-keygen", words, timeLimit: .seconds(30)).execute()
        try Files.restrict(temporary + ".pub")
        try Files.move(temporary + ".pub", to: files.publicKey)
        try Files.move(temporary, to: files.identity)
        return pair
    }

    private static func derive(from privateKey: String, files: StateFiles) async throws -> KeyPair {
        if Files.exists(privateKey + ".pub") {
            let copy = try keep(privateKey + ".pub", in: files)
            return KeyPair(publicKey: copy, identity: privateKey)
        }
        guard let text = try await publicPart(of: privateKey) else {
            throw ProvError.badKey(
                path: privateKey,
                reason: "no private key, or one with a passphrase; set public_key_path too"
            )
        }
        try Files.write(text, to: files.publicKey)
        return KeyPair(publicKey: files.publicKey, identity: privateKey)
    }

    /// Copies the user's public key, so that `deprovision` works when the original has gone.
    private static func keep(_ publicKey: String, in files: StateFiles) throws -> String {
        try Files.write(try Files.bytes(of: publicKey), to: files.publicKey)
        return files.publicKey
    }

    private static func check(publicKey: String, fits privateKey: String) async throws {
        // A key with a passphrase cannot be checked here; ssh will say so.
        guard let text = try await publicPart(of: privateKey) else { return }
        let (derived, given) = (words(text), words(try Files.read(publicKey)))
        guard derived == given else {
            throw ProvError.badKey(
                path: privateKey,
                reason: "does not fit the public key \(publicKey)"
            )
        }
    }

    /// Returns the public half of a private key; `nil` if a passphrase keeps it.
    static func publicPart(of privateKey: String) async throws -> String? {
        let process = LocalProcess(
            "ssh-keygen",
            ["-y", "-P", "", "-f", privateKey],
            timeLimit: .seconds(30)
        )
        let outcome = try await process.run()
        return outcome.isSuccess ? outcome.outputText : nil
    }

    /// The type and the key of a public key line, without the comment.
    static func words(_ line: String) -> [Substring] {
        Array(line.split { $0 == " " || $0 == "\n" }.prefix(2))
    }
}
