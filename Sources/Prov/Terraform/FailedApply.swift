import DeploymentState

/// What the events of a failed apply say of what it made, where there is no state that could.
enum FailedApply {
    /// What terraform and tofu say of a provider that ended, or was cut off, in the middle of its work.
    private static let cutOff = ["Plugin did not respond", "Request cancelled", "Plugin error"]

    /// Whether nothing was made: each resource that was begun was refused by its provider.
    ///
    /// A provider that was killed, as when memory is short, refused nothing, and what it had begun is in no state.
    static func madeNothing(_ output: String) -> Bool {
        var begun: Set<String> = []
        for line in output.split(whereSeparator: \.isNewline) where line.hasPrefix("{") {
            guard let event = JSONValue(String(line)) else { return false }
            let address = event["hook"]?["resource"]?["addr"]?.string ?? ""
            switch event["type"]?.string {
            case "apply_start": begun.insert(address)
            case "apply_errored": begun.remove(address)
            case "diagnostic":
                let summary = event["diagnostic"]?["summary"]?.string ?? ""
                if cutOff.contains(where: summary.contains) { return false }
            default: break
            }
        }
        return begun.isEmpty
    }
}

extension Terraform {
    /// Refuses a template that keeps its state elsewhere than in the state directory, where it is looked after.
    ///
    /// - Throws: ``ProvError/badTemplate(path:faults:)``.
    func requireOwnState() throws {
        // There only if the template names a backend, also in JSON or in an override.
        let file = files.terraform + "/.terraform/terraform.tfstate"
        guard Files.exists(file) else { return }
        guard let backend = JSONValue(try Files.read(file))?["backend"]?["type"]?.string else {
            return
        }
        let fault =
            "the template keeps its state in the backend \"\(backend)\", where prov cannot tell what was made; "
            + "remove the block \"backend\" or \"cloud\" (see the template contract)"
        throw ProvError.badTemplate(path: files.terraform, faults: [fault])
    }
}
