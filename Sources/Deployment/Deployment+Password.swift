import DeploymentState
import Shell

extension Deployment {
    /// Has servers and clients share one password; makes one if no server has any yet.
    ///
    /// It lives on the nodes alone, in files that only root and the database can read, and goes there
    /// over standard input. Clients have it first, because a server may ask for it from then on. One
    /// that runs takes it without a restart and without ending a connection. Can be called again
    /// wherever it was cut short.
    func sharePassword() async throws {
        guard let read = system.readPassword() else { return }
        let answers = try await onEach(servers) { try await $0.execute(read) }
        let found = try servers.compactMap { node in
            try DatabasePassword(answer: answers[node] ?? "", of: node)
        }
        let password = found.first ?? DatabasePassword()
        if let path = system.clientPasswordFile {
            let file = RemoteFile(path: path, text: password.text + "\n", isSecret: true)
            try await onEach(clients) { try await $0.execute(file.install) }
        }
        try await onEach(servers) { remote in
            for file in system.passwordFiles(password.text, for: remote.node) {
                try await remote.execute(file.install)
            }
            if let take = system.takePassword() { try await remote.execute(take) }
        }
    }
}

/// The password that all servers of a deployment have in common.
struct DatabasePassword: Hashable {
    /// 64 hexadecimal digits, which no file format and no shell reads as anything else.
    let text: String

    /// Makes a new one of 256 random bits from the kernel.
    init() {
        var random = SystemRandomNumberGenerator()
        text = (0..<64).map { _ in String(random.next() & 15 as UInt64, radix: 16) }.joined()
    }

    /// Reads what a server printed; `nil` for nothing.
    ///
    /// - Throws: ``BadPassword``, without what it printed.
    init?(answer: String, of node: Node) throws {
        let word = answer.split(whereSeparator: \.isNewline).joined()
        guard !word.isEmpty else { return nil }
        guard word.count <= 128, word.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
        else { throw BadPassword(node: node.name) }
        text = word
    }
}

/// A password on a node that this program did not make.
struct BadPassword: Error, Hashable, CustomStringConvertible {
    let node: String

    var description: String {
        "\(node): the password is not of letters and digits, or too long: "
            + "delete it there, stop the database, and run \"swift run setup\" again"
    }
}
