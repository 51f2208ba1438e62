/// One line of `terraform … -json`, as far as people want to know of it.
enum TerraformEvent: Sendable, Hashable {
    /// The plan: how many resources will be added, changed in place, and removed.
    case planned(add: Int, change: Int, remove: Int)
    /// A resource's work begins.
    case started(resource: String, action: String)
    /// A resource's work is done.
    case finished(resource: String, action: String)
    /// A line of a provisioner's output.
    case output(resource: String, line: String)
    /// A plan's outputs, or an apply's: whether any is not what it was.
    case outputs(areChanged: Bool)
    /// What terraform complains about.
    case problem(isError: Bool, text: String)
    /// Anything else, in terraform's words.
    case message(String)

    /// Reads a line; one that is no JSON, such as a warning before the first event, is a message.
    init(line: String) {
        guard line.hasPrefix("{"), let event = JSONValue(line) else {
            self = .message(line)
            return
        }
        let hook = event["hook"]
        let resource = hook?["resource"]?["addr"]?.string ?? ""
        let action = hook?["action"]?.string ?? ""
        switch event["type"]?.string {
        case "change_summary" where event["changes"]?["operation"]?.string == "plan":
            let changes = event["changes"]
            self = .planned(
                add: changes?["add"]?.integer ?? 0,
                change: changes?["change"]?.integer ?? 0,
                remove: changes?["remove"]?.integer ?? 0
            )
        case "apply_start":
            self = .started(resource: resource, action: action)
        case "apply_complete":
            self = .finished(resource: resource, action: action)
        case "provision_progress":
            self = .output(resource: resource, line: hook?["output"]?.string ?? "")
        case "outputs":
            let actions = (event["outputs"]?.members ?? [:]).values.map { $0["action"]?.string }
            self = .outputs(areChanged: actions.contains { $0 != nil && $0 != "noop" })
        case "diagnostic":
            self = Self.problem(event)
        default:
            self = .message(event["@message"]?.string ?? line)
        }
    }

    /// The line for the log.
    var text: String {
        switch self {
        case .planned(let add, let change, let remove):
            "plan: \(add) to add, \(change) to change, \(remove) to remove"
        case .started(let resource, let action): "\(resource): \(action) begins"
        case .finished(let resource, let action): "\(resource): \(action) done"
        case .outputs(let areChanged): areChanged ? "outputs change" : "outputs stay"
        case .output(let resource, let line): "\(resource): \(line)"
        case .problem(let isError, let text): (isError ? "error: " : "warning: ") + text
        case .message(let text): text
        }
    }

    private static func problem(_ event: JSONValue) -> TerraformEvent {
        let diagnostic = event["diagnostic"]
        var text = diagnostic?["summary"]?.string ?? event["@message"]?.string ?? ""
        if let detail = diagnostic?["detail"]?.string, !detail.isEmpty { text += ": \(detail)" }
        if let file = diagnostic?["range"]?["filename"]?.string,
            let line = diagnostic?["range"]?["start"]?["line"]?.integer
        {
            text = "\(file):\(line): \(text)"
        }
        if let address = diagnostic?["address"]?.string { text = "\(address): \(text)" }
        return .problem(isError: diagnostic?["severity"]?.string == "error", text: text)
    }
}
