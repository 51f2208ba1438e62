import Usage

/// Why a `prov` command failed, apart from a faulty config or state directory.
public enum ProvError: Error, Hashable {
    /// A deployment cannot have this name.
    case badName(String)
    /// No such template folder.
    case noTemplate(path: String, suggestion: String?)
    /// The template lacks what the contract asks for; `faults` has one for each lack.
    case badTemplate(path: String, faults: [String])
    /// The deployment was made from another template.
    case otherTemplate(name: String, made: String, asked: String)
    /// The template's output `nodes` does not have the shape of the contract.
    case badOutput([String])
    /// The template has no such output.
    case noOutput(name: String, outputs: [String])
    /// The deployment's end has begun.
    case ending(name: String)
    /// There is no terraform to run.
    case noTerraform(asked: String?)
    /// Terraform, or the template's `sweep`, failed; the lines are its last about the error.
    case failed(command: String, ending: String, lines: [String], log: String)
    /// Ctrl-C, or a signal from outside.
    case interrupted(name: String, remedy: String)
    /// Nodes that did not show a host key within the limit.
    case noHostKey(nodes: [String], limit: Duration)
    /// A key pair that cannot be used, with its path.
    case badKey(path: String, reason: String)
}

extension ProvError: CustomStringConvertible {
    /// The place, what was found, and the remedy.
    public var description: String {
        switch self {
        case .badName(let name):
            "bad name \"\(name)\": a name is a letter or digit, and then letters, digits, \".\", \"_\" "
                + "or \"-\""
        case .noTemplate(let path, let suggestion):
            "\(path): no such template folder"
                + (suggestion.map { " (did you mean \"\($0)\"?)" } ?? "")
        case .badTemplate(let path, let faults):
            faults.map { "\(path): \($0)" }.joined(separator: "\n")
        case .otherTemplate(let name, let made, let asked):
            "\(name): was made from the template \"\(made)\", not \"\(asked)\"; deprovision it first, "
                + "or take another name"
        case .badOutput(let faults):
            (["the template's output \"nodes\" does not fit:"] + faults).joined(separator: "\n  ")
        case .noOutput(let name, let outputs):
            "no output \"\(name)\"\(Suggestion.hint(for: name, among: outputs)); there are: "
                + outputs.joined(separator: " ")
        case .ending(let name):
            "\(name): its end has begun; run \"prov deprovision \(name)\" again to finish it"
        case .noTerraform(let asked):
            (asked.map { "\($0): no such program" } ?? "neither terraform nor tofu is in PATH")
                + "; install one of them (https://developer.hashicorp.com/terraform/install or "
                + "https://opentofu.org), or name it with --terraform PATH"
        case .failed(let command, let ending, let lines, let log):
            (["\(command): \(ending)"] + lines.map { "  \($0)" } + ["its whole output: \(log)"])
                .joined(separator: "\n")
        case .interrupted(let name, let remedy):
            "\(name): interrupted, and left so that it can go on; \(remedy)"
        case .noHostKey(let nodes, let limit):
            "no host key from \(nodes.joined(separator: " ")) within \(limit.components.seconds) s; "
                + "look at their consoles, then provision again"
        case .badKey(let path, let reason):
            "\(path): \(reason)"
        }
    }
}
