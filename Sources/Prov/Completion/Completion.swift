import DeploymentState
import Usage

/// What a word on the command line may become, for the shells.
struct Completion {
    /// One possibility.
    struct Candidate: Sendable, Hashable {
        let text: String
        /// What it is, in a few words; may be empty.
        var help = ""
    }

    /// The commands with their usages.
    let commands: [Usage]
    /// Where deployments are looked for besides the current directory.
    var home: String? = Files.environment("PROV_HOME")

    /// Returns what the last word may become, each once, in the order to show.
    ///
    /// - Parameter words: Those behind `prov`; the last, perhaps empty, is the one to complete.
    /// - Returns: Whole words; one that ends in `/` is a folder to go on in.
    func candidates(for words: [String]) -> [Candidate] {
        let current = words.last ?? ""
        let found = possibilities(Array(words.dropLast()), current: current)
        return found.filter { $0.text.hasPrefix(current) }
    }

    private func possibilities(_ words: [String], current: String) -> [Candidate] {
        guard let name = words.first else { return commandNames }
        if name == "help" { return words.count == 1 ? commandNames : [] }
        guard let usage = commands.first(where: { Self.name(of: $0) == name }) else { return [] }
        var operands: [String] = []
        var awaited: Usage.Option?
        var areOptionsOver = false
        let enough = usage.operands.reduce(0) { $0 + $1.occurs.upperBound }
        for (index, word) in words.enumerated().dropFirst() {
            if awaited != nil {
                awaited = nil
            } else if usage.takesRest, operands.count == enough {
                return rest(Array(words[index...]), of: operands)
            } else if word == "--", !areOptionsOver {
                areOptionsOver = true
            } else if word.hasPrefix("-"), !areOptionsOver {
                awaited = usage.options.first { "--\($0.name)" == word && $0.value != nil }
            } else {
                operands.append(word)
            }
        }
        if let awaited { return values(of: awaited.value ?? "", current, given: operands) }
        if usage.takesRest, operands.count == enough { return rest([], of: operands) }
        if current.hasPrefix("-"), !areOptionsOver { return options(of: usage) }
        guard let operand = operand(operands.count, of: usage) else { return [] }
        return values(of: operand.name, current, given: operands)
    }

    private var commandNames: [Candidate] {
        commands.map { Candidate(text: Self.name(of: $0), help: $0.summary) }
            + [Candidate(text: "help", help: "Explains a command.")]
    }

    /// The word behind `prov`.
    private static func name(of usage: Usage) -> String {
        usage.command.split(separator: " ").last.map(String.init) ?? ""
    }

    private func options(of usage: Usage) -> [Candidate] {
        usage.options.map { Candidate(text: "--\($0.name)", help: $0.help) }
            + [Candidate(text: "--help", help: "print this and exit")]
    }

    private func operand(_ index: Int, of usage: Usage) -> Usage.Operand? {
        var first = 0
        for operand in usage.operands {
            first += operand.occurs.upperBound
            if index < first { return operand }
        }
        return nil
    }

    /// Behind the deployment `ssh` takes its own options, and then a node.
    private func rest(_ words: [String], of operands: [String]) -> [Candidate] {
        guard let name = operands.first, SSH.destination(in: words) == nil else { return [] }
        return nodes(of: name)
    }

    private func values(of names: String, _ current: String, given: [String]) -> [Candidate] {
        names.split(separator: "|").flatMap { name -> [Candidate] in
            switch name {
            // A second config cannot be a deployment.
            case "NAME" where given.isEmpty: deployments
            case "COMMAND": commandNames
            case "SHELL": Shells.names.map { Candidate(text: $0) }
            case "UI": pages(of: given.first ?? "").map { Candidate(text: $0) }
            case "NODE": given.first.map(nodes) ?? []
            case "TEMPLATE": Paths(current).templates.map { Candidate(text: $0) }
            case "CONFIG": Paths(current).configs.map { Candidate(text: $0) }
            case "PATH": Paths(current).all.map { Candidate(text: $0) }
            default: []
            }
        }
    }

    private var deployments: [Candidate] {
        let folders = [Files.currentDirectory] + [home].compactMap(\.self).filter { !$0.isEmpty }
        return folders.flatMap { folder in
            StateDirectory.names(in: folder).map { name in
                let record = try? DeploymentRecord(of: StateFiles("\(folder)/\(name)"))
                return Candidate(text: name, help: record?.status.rawValue ?? "")
            }
        }
    }

    /// The pages that the deployment's monitor has; none without a monitor.
    private func pages(of name: String) -> [String] {
        // No deployment, no pages; the command itself will say so.
        guard let directory = find(name) else { return [] }
        return OpenCommand.pages(of: directory)
    }

    /// Writes nothing, unlike ``StateDirectory/find(_:in:home:)``.
    private func find(_ name: String) -> StateDirectory? {
        let files = try? StateDirectory.locate(name, in: Files.currentDirectory, home: home)
        return files.flatMap { try? StateDirectory($0) }
    }

    private func nodes(of name: String) -> [Candidate] {
        // No deployment, no nodes; the command itself will say so.
        (find(name)?.inventory.nodes ?? []).map {
            Candidate(text: $0.name, help: $0.publicIP)
        }
    }
}
