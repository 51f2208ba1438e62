import DeploymentState
import Shell
import Usage

/// `prov ssh`: becomes `ssh` to a node, also as the remote shell of rsync and scp.
enum SSH: Subcommand {
    static let usage = Usage(
        "prov ssh",
        summary: "Logs in to a node, or runs a command there.",
        example: "prov ssh demo server-0 uptime",
        operands: [.init("NAME", "the deployment, or the path of its state directory")],
        takesRest: true,
        rest: "[SSH-OPTION…] NODE [COMMAND…]",
        restWords: [
            .init("SSH-OPTION", "an option of ssh, such as -v or -L 9090:localhost:9090"),
            .init("NODE", "the node, such as server-0; \"prov status NAME\" lists them"),
            .init("COMMAND", "what runs there; a shell if there is none"),
        ]
    )

    /// The letters of ssh's options that take a value.
    private static let valued = Set("BbcDEeFIiJLlmOoPpQRSWw")

    static func run(_ arguments: Arguments, console: Console) async throws {
        let directory = try StateDirectory.find(arguments.operand("NAME"))
        guard Files.exists(directory.files.sshConfig) else {
            throw InventoryError.notReady(name: directory.name, status: directory.record.status)
        }
        guard let node = destination(in: arguments.rest) else {
            let names = directory.inventory.nodes.map(\.name).joined(separator: " ")
            throw UsageError("missing NODE; the nodes: \(names)", usage: usage)
        }
        _ = try directory.node(node)
        try LocalProcess("ssh", ["-F", directory.files.sshConfig] + arguments.rest).replaceCurrent()
    }

    /// Returns the node among the words for ssh: the first that is neither option nor its value.
    static func destination(in words: [String]) -> String? {
        var words = words[...]
        while let word = words.popFirst() {
            guard word.hasPrefix("-"), word != "-" else {
                let host = word.split(separator: "@", omittingEmptySubsequences: false).last
                return host.map(String.init)
            }
            if word == "--" { continue }
            // In a bundle such as -4vp the first letter with a value takes the rest, or the next.
            let letters = word.dropFirst()
            if let index = letters.firstIndex(where: valued.contains) {
                if letters.index(after: index) == letters.endIndex { words = words.dropFirst() }
            }
        }
        return nil
    }
}
