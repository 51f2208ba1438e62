import DeploymentState
import Usage

/// A folder of `.tf` files that keeps to the template contract.
struct TemplateFolder: Sendable, Hashable {
    /// As named on the command line, for errors.
    let name: String
    /// The absolute path.
    let path: String
    /// The variables that it declares.
    let variables: [TemplateVariable]

    /// Where a template is: from the current directory on, else in the tree of this program.
    private static func path(of name: String) -> String {
        let here = Files.absolute(name)
        guard !Files.exists(here), !name.hasPrefix("/"), !name.hasPrefix(".") else { return here }
        return OwnTree.candidates(name).first(where: Files.isDirectory) ?? here
    }

    /// Looks a template over.
    ///
    /// - Throws: ``ProvError`` if there is none, or it lacks what the contract asks for.
    init(_ name: String) throws {
        self.name = name
        path = Self.path(of: name)
        guard Files.isDirectory(path) else {
            let (parent, last) = Files.split(path)
            let siblings = (try? Files.list(parent)) ?? []  // only to suggest one
            let nearest = Suggestion.nearest(
                to: last,
                among: siblings.filter { Files.isDirectory("\(parent)/\($0)") }
            )
            let trimmed = name.hasSuffix("/") ? String(name.dropLast()) : name
            let folder = trimmed.dropLast(last.count)
            throw ProvError.noTemplate(
                path: name,
                suggestion: nearest.map { folder + $0 }
            )
        }
        // Faults name the files as the user does, unless they are of the program's own tree.
        let shown = Files.exists(Files.absolute(name)) ? name : path
        variables = try TemplateVariable.read(template: shown)
        var faults: [String] = []
        if !declares("deployment_name") { faults.append(#"variable "deployment_name""#) }
        if try !Self.declaresNodes(in: path) { faults.append(#"output "nodes""#) }
        guard faults.isEmpty else {
            throw ProvError.badTemplate(
                path: name,
                faults: faults.map { "the template declares no \($0) (see the template contract)" }
            )
        }
    }

    /// Returns whether it declares the variable.
    func declares(_ name: String) -> Bool { variables.contains { $0.name == name } }

    private static func declaresNodes(in folder: String) throws -> Bool {
        for name in try Files.list(folder) where name.hasSuffix(".tf") {
            let lines = try Files.read("\(folder)/\(name)").split(whereSeparator: \.isNewline)
            let words = lines.map { $0.split { " \t\r{".contains($0) }.prefix(2) }
            if words.contains(["output", "\"nodes\""]) { return true }
        }
        return false
    }

    /// What terraform makes beside the files, and is no part of a template.
    static func isTerraformsOwn(_ name: String) -> Bool {
        name == ".terraform" || name == ".git" || name == "terraform.tfstate.d"
            || name == "crash.log" || name.contains(".tfstate") || name.hasPrefix(".prov-")
    }
}
