internal import DeploymentState
internal import Shell
internal import YAML

/// Asks `ssh-keygen` whether the keys of a config are keys, and two halves of one pair.
enum KeyFit {
    /// Returns what is wrong with the keys, or `nil`.
    static func fault(in config: Config) async throws -> ConfigError? {
        guard let publicPath = config.paths["public_key_path"],
            let publicKey = config["public_key_path"]
        else { return try await privateFault(in: config) }
        let outcome = try await keygen(["-l", "-f", publicPath])
        guard outcome.isSuccess else {
            let problem =
                "names no OpenSSH public key: \(publicKey.shown("\"\(publicPath)\"")) (it begins "
                + "with ssh-ed25519 "
                + "or ssh-rsa)"
            return ConfigError(
                .unfit(key: "public_key_path", problem: problem),
                at: publicKey.value.mark
            )
        }
        return try await privateFault(in: config)
    }

    private static func privateFault(in config: Config) async throws -> ConfigError? {
        guard let path = config.paths["private_key_path"],
            let key = config["private_key_path"]
        else { return nil }
        let (mark, shown) = (key.value.mark, key.shown("\"\(path)\""))
        let derived = try await keygen(["-y", "-P", "", "-f", path])
        guard derived.isSuccess else {
            // Only its owner can open it; ssh will ask.
            guard !derived.errorText.contains("passphrase") else { return nil }
            let problem =
                "names no private key that ssh-keygen can read: \(shown) (check the path)"
            return ConfigError(.unfit(key: "private_key_path", problem: problem), at: mark)
        }
        guard let publicPath = config.paths["public_key_path"],
            let publicKey = config["public_key_path"],
            KeyPair.words(try Files.read(publicPath)) != KeyPair.words(derived.outputText)
        else { return nil }
        let problem =
            "does not fit public_key_path: \(shown) and \(publicKey.shown("\"\(publicPath)\"")) are of "
            + "two pairs (name the two halves of one)"
        return ConfigError(.unfit(key: "private_key_path", problem: problem), at: mark)
    }

    private static func keygen(_ words: [String]) async throws -> Outcome {
        let outcome = try await LocalProcess("ssh-keygen", words, timeLimit: .seconds(30)).run()
        if outcome.cause == .cancellation { throw CancellationError() }
        return outcome
    }
}
