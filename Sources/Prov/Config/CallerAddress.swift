internal import DeploymentState
internal import Shell

/// The caller's public address could not be had.
struct AddressError: Error, Hashable, CustomStringConvertible {
    /// Whom we asked.
    let url: String
    /// What went wrong.
    let problem: String

    var description: String {
        "ssh_cidr is auto, but your public address cannot be had from \(url): \(problem); set "
            + "ssh_cidr to your own network, such as 203.0.113.7/32"
    }
}

/// The address by which this machine is seen from outside.
enum CallerAddress {
    /// A service of AWS that answers with the caller's address and no more.
    static let url = "https://checkip.amazonaws.com"
    /// The environment variable that names another such service.
    static let variable = "PROV_ADDRESS_URL"

    /// Asks for it, for at most 10 s.
    ///
    /// - Returns: An IPv4 address.
    /// - Throws: ``AddressError``, ``LocalProcessError`` without curl.
    static func find(
        from url: String = Files.environment(variable) ?? url
    ) async throws -> String {
        let words = ["-4", "-sS", "--fail", "--max-time", "10", "--max-filesize", "100", url]
        let outcome = try await LocalProcess("curl", words, timeLimit: .seconds(15)).run()
        guard outcome.cause != .cancellation else { throw CancellationError() }
        guard outcome.isSuccess else {
            let line = outcome.errorText.split(whereSeparator: \.isNewline).last.map(String.init)
            throw AddressError(url: url, problem: line ?? outcome.ending)
        }
        let text = outcome.outputText.filter { !$0.isWhitespace }
        guard let network = Network(text + "/32"), !network.isV6 else {
            throw AddressError(url: url, problem: "it answers \"\(text.prefix(40))\"")
        }
        return text
    }
}
