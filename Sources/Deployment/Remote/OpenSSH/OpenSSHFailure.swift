import SSH

/// Why `ssh` did not connect, read from what it said.
struct OpenSSHFailure: Hashable {
    let reason: SSHError.Reason
    let message: String

    /// Words of OpenSSH by which it is known, and what helps; the first that fits counts.
    ///
    /// A host between here and the node may be meant as well, so ssh's own words stand in each message.
    private static let known: [(words: String, reason: SSHError.Reason, help: String?)] = [
        (
            "REMOTE HOST IDENTIFICATION HAS CHANGED", .hostKeyChanged,
            "another machine, or an attack; if the key was made anew, remove its line there"
        ),
        ("host key is known for", .hostKeyUnknown, "add the key there if it is the host's"),
        ("Host key verification failed", .hostKeyUnknown, nil),
        ("Permission denied", .authenticationRefused, nil),
        ("Too many authentication failures", .authenticationRefused, nil),
        ("Could not resolve hostname", .hostNameUnknown, nil),
        ("Connection refused", .connectionRefused, "is sshd running, and on this port?"),
        ("No route to host", .unreachable, nil),
        ("Network is unreachable", .unreachable, nil),
        ("timed out", .timedOut, "is the address right and the port open?"),
        ("kex_exchange_identification", .dropped, nil),
        ("Connection closed by", .dropped, nil),
        ("Connection reset by", .dropped, nil),
    ]

    /// Reads standard error.
    ///
    /// - Parameters:
    ///   - errors: What `ssh` wrote there.
    ///   - key: What to say of the key if it was refused.
    init(_ errors: String, key: String) {
        let lines = errors.split(whereSeparator: \.isNewline)
            .map { $0.trimmingPrefix { $0.isWhitespace } }
            .filter { line in line.contains { $0 != "@" && !$0.isWhitespace } }
        let found = Self.known.first { errors.contains($0.words) }
        reason = found?.reason ?? .failed
        let said = lines.isEmpty ? "ssh said nothing" : lines.suffix(4).joined(separator: "; ")
        let help = reason == .authenticationRefused ? key : found?.help
        message = said + (help.map { "; \($0)" } ?? "")
    }
}
