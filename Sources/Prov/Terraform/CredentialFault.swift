import DeploymentState

/// A refusal of credentials by AWS, among the lines of terraform's errors.
enum CredentialFault {
    /// What AWS, or its provider, says of credentials that are wrong, expired or absent, and what
    /// helps.
    private static let remedies: [(code: String, remedy: String)] = [
        ("ExpiredToken", "they have expired: renew them"),
        ("RequestExpired", "they have expired, or this machine's clock is wrong"),
        ("SignatureDoesNotMatch", "the secret key does not belong to the access key"),
        ("InvalidClientTokenId", "there is no such access key, or its session token is missing"),
        ("InvalidAccessKeyId", "there is no such access key"),
        ("UnrecognizedClientException", "there is no such access key"),
        ("AuthFailure", "correct the access key and the secret key"),
        ("InvalidIdentityToken", "renew the identity token"),
        ("OptInRequired", "the account may not use this region: opt in, or take another"),
        ("UnauthorizedOperation", "the account's user lacks this permission"),
        ("AccessDenied", "the account's user lacks this permission"),
        (
            "No valid credential sources found",
            "set access_key and secret_key in a config, AWS_ACCESS_KEY_ID and "
                + "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
        ),
        ("failed to refresh cached credentials", "log in to the profile again"),
        // Whatever else stands behind a 403 there.
        ("retrieving caller identity", "correct or renew them"),
        ("failed to get shared config profile", "AWS_PROFILE names no profile: correct it"),
    ]

    /// Returns the one line that says what AWS said, of which credentials, and what helps.
    ///
    /// - Parameters:
    ///   - lines: Terraform's errors.
    ///   - variables: What terraform had in its environment besides ours.
    /// - Returns: `nil` if the errors are about something else.
    static func line(in lines: [String], variables: [String: String]) -> String? {
        for line in lines {
            // Without an answer there was no refusal, but perhaps no network.
            guard !line.contains("request send failed"),
                let (code, remedy) = remedies.first(where: { line.contains($0.code) })
            else { continue }
            let said = saying(line, code: code)
            return "AWS refuses \(source(variables)): \(said); \(remedy)"
        }
        return nil
    }

    /// What AWS said: its code with what follows, without the request and the operation before.
    private static func saying(_ line: String, code: String) -> String {
        let words = line.split { $0 == "\n" || $0 == " " }.joined(separator: " ")
        guard let start = words.firstIndex(of: code) else { return code }
        var text = words[start...].prefix(240)
        while let last = text.last, last == "." || last == " " { text.removeLast() }
        return "\"\(text)\""
    }

    /// Where the provider took the credentials from, in the order in which it looks.
    static func source(_ variables: [String: String]) -> String {
        func isSet(_ name: String) -> Bool { Files.environment(name).map { !$0.isEmpty } ?? false }
        if variables["TF_VAR_access_key"].map({ !$0.isEmpty }) ?? false {
            return "access_key and secret_key of the configs"
        }
        if isSet("AWS_ACCESS_KEY_ID") { return "AWS_ACCESS_KEY_ID of the environment" }
        if let profile = Files.environment("AWS_PROFILE"), !profile.isEmpty {
            return "the profile \"\(profile)\" (AWS_PROFILE)"
        }
        return "the credentials of the default profile or of this machine"
    }
}

extension String {
    /// Where `text` begins first.
    fileprivate func firstIndex(of text: String) -> Index? {
        indices.first { self[$0...].hasPrefix(text) }
    }
}
