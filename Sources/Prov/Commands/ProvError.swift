import Shell
import Usage

/// Why a `prov` command failed, apart from a faulty config or state directory.
public enum ProvError: Error, Hashable {
    /// A deployment cannot have this name.
    case badName(String)
    /// A deployment's directory cannot lie below this path; `character` says what in it cannot be written down.
    case badPath(path: String, character: String)
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
    /// The credentials lead to another account, or the environment to another cloud, than those that
    /// it was made with; `what` says which of these.
    case otherPlace(name: String, what: String, made: String, found: String)
    /// Machines that were ready once are not there, and nothing here ended them.
    case absent(name: String, nodes: [String], place: String)
    /// What it made is not all known any more; `problem` says why.
    case lostState(name: String, problem: String)
    /// The copy of the template by which it ends has gone, and the template from which it was made too.
    case noCopy(name: String, template: String, nodes: [String])
    /// There is no terraform to run.
    case noTerraform(asked: String?)
    /// Terraform, or the template's `sweep`, failed; the lines are its last about the error.
    case failed(command: String, ending: String, lines: [String], log: String)
    /// A signal ended terraform that is not ours, such as the kernel's when memory is short; the lines
    /// are the errors that it told before.
    case killed(command: String, signal: Int32, lines: [String], log: String)
    /// AWS took the credentials for wrong, expired or insufficient; the text says which and why.
    case refused(String, log: String)
    /// Ctrl-C, or a signal from outside.
    case interrupted(name: String, remedy: String)
    /// The person who was asked did not consent; nothing was changed.
    case declined(name: String)
    /// A plan would end servers, and nobody could be asked.
    case wouldDestroy(name: String, servers: [String])
    /// It is not as its configs and its template made it, so that its end alone cannot be changed.
    case notAsMade(name: String, changes: [String])
    /// A plan would change something, and nobody could be asked.
    case notAsked(name: String)
    /// A deployment would end, and nobody could be asked; `what` says what goes with it.
    case wouldEnd(name: String, what: String)
    /// It has not expired any more, so that it is not reaped.
    case extended(name: String, until: String)
    /// A table of prices that makes no sense; `path` may have a line.
    case badPrices(path: String, problem: String)
    /// No zone that the configs name has room; `last` is what the last one said.
    case noCapacity(zones: [String], last: String)
    /// The one zone in which the deployment stands has no room for more.
    case noMoreCapacity(name: String, zone: String, last: String)
    /// The deployment has expired, and no config says for how long it shall live again.
    case expired(name: String, at: String)
    /// It cannot end by itself, or has no end to put off; `reason` says why, with the remedy.
    case noExpiry(name: String, reason: String)
    /// Nodes that were not told their new expiry over SSH, each with what ssh said.
    case notTold(nodes: [String], expiry: String)
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
        case .badPath(let path, let character):
            "\(path): \(character) in the path of a deployment, which ssh_config and the inventory cannot name; "
                + "work in a directory without"
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
        case .otherPlace(let name, "region", let made, let found):
            "\(name): was made in the region \"\(made)\", and the configs now say \"\(found)\", from where its "
                + "machines cannot be seen; set region: \(made) again, or deprovision it there first"
        case .otherPlace(let name, "host", _, _):
            "\(name): was made on another host, where its machines are, and this one cannot see them; "
                + "call prov there, or remove the directory if that host is gone"
        case .otherPlace(let name, let what, let made, let found):
            "\(name): was made with the \(what) \"\(made)\", and this is \"\(found)\", from where its "
                + "machines cannot be seen; call it with the credentials and the environment that "
                + "made it"
        case .absent(let name, let nodes, let place):
            "\(name): \(nodes.joined(separator: " ")) cannot be found\(place), and nothing here ended "
                + "\(nodes.count == 1 ? "it" : "them"); look whether the credentials are those that "
                + "made \(nodes.count == 1 ? "it" : "them"), or say --gone if that is so"
        case .lostState(let name, let problem):
            "\(name): \(problem), so that not all that it made may be known; look for its machines, "
                + "end those by hand that are left, and then say --gone"
        case .noCopy(let name, let template, let nodes):
            "\(name): files of its template, in tf/, have gone, and so has \(template), from which they came, "
                + "so that \(nodes.isEmpty ? "what it made" : nodes.joined(separator: " ")) cannot be ended; "
                + "put the template back there, or end the machines by hand and then say --gone"
        case .noTerraform(let asked):
            (asked.map { "\($0): no such program" } ?? "neither terraform nor tofu is in PATH")
                + "; install one of them (https://developer.hashicorp.com/terraform/install or "
                + "https://opentofu.org), or name it with --terraform PATH"
        case .failed(let command, let ending, let lines, let log):
            (["\(command): \(ending)"] + lines.map { "  \($0)" } + ["its whole output: \(log)"])
                .joined(separator: "\n")
        case .killed(let command, let signal, let lines, let log):
            ([
                "\(command) was killed by \(Outcome.name(of: signal)), which prov did not send; what it had "
                    + "begun may be there: run the same command again, which looks for that and goes on"
            ]
                + lines.map { "  \($0)" } + ["its whole output: \(log)"]).joined(separator: "\n")
        case .refused(let text, let log):
            "\(text) (its whole output: \(log))"
        case .interrupted(let name, let remedy):
            "\(name): interrupted, and left so that it can go on; \(remedy)"
        case .declined(let name):
            "\(name): not confirmed; nothing was changed"
        case .wouldDestroy(let name, let servers):
            "\(name): this would end \(servers.joined(separator: " ")) with all that is on "
                + "\(servers.count == 1 ? "it" : "them"), and there is no terminal on which to ask; pass --yes"
        case .notAsked(let name):
            "\(name): there is no terminal on which to ask; pass --yes to go on"
        case .notAsMade(let name, let changes):
            "\(name): more than its end would change: \(changes.joined(separator: ", ")); its machines "
                + "or what describes them have changed since it was provisioned; nothing was done; "
                + "provision it again, which shows and asks, and then extend it"
        case .wouldEnd(let name, let what):
            "\(name): this would end \(what), and there is no terminal on which to ask; pass --yes"
        case .extended(let name, let until):
            "\(name): was extended meanwhile, and ends itself at \(until); left alone"
        case .badPrices(let path, let problem):
            "\(path): no table of prices: \(problem)"
        case .noCapacity(let zones, let last):
            "no zone has room: tried \(zones.joined(separator: ", ")); "
                + "name others in availability_zone, or other instance types\n  \(last)"
        case .noMoreCapacity(let name, let zone, let last):
            "\(name): \(zone) has no room for more, and all nodes of a deployment stand in one zone; "
                + "try again later, take other instance types, or deprovision and provision anew\n  "
                + last
        case .expired(let name, let at):
            "\(name): it expired at \(at); say for how long it shall live now, such as --ttl 8h"
        case .noExpiry(let name, let reason):
            "\(name): \(reason)"
        case .notTold(let nodes, let expiry):
            (["not told over SSH that they end at \(expiry):"] + nodes).joined(separator: "\n  ")
                + "\ntheir tags say so, which machines older than Nitro read only after a stop"
        case .badKey(let path, let reason):
            "\(path): \(reason)"
        }
    }
}
