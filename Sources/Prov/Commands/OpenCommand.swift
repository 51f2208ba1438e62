import DeploymentState
import Shell
import Usage

/// `prov open`: a web page of the monitor in this machine's browser, through SSH.
enum OpenCommand: Subcommand {
    static let usage = Usage(
        "prov open",
        summary: "Shows a web page of the monitor here, forwarded through SSH, until Ctrl-C.",
        example: "prov open demo prometheus",
        operands: [
            .init("NAME", "the deployment, or the path of its state directory"),
            .init("UI", "prometheus, or grafana where the template has one"),
        ],
        options: [.init("no-browser", "print the URL and open no browser")]
    )

    /// The pages, with the ports at which the monitor's own loopback has them.
    static let interfaces = [(name: "grafana", port: 3_000), (name: "prometheus", port: 9_090)]

    /// The pages that a deployment has: Prometheus wherever there is a monitor, Grafana where the
    /// template says at which port.
    static func pages(of directory: StateDirectory) -> [String] {
        guard let monitor = directory.inventory.group("monitor").first else { return [] }
        return interfaces.map(\.name).filter { name in
            name != "grafana" || monitor.vars["grafana_port"] != nil
        }
    }

    static func run(_ arguments: Arguments, console: Console) async throws {
        let name = arguments.operand("UI")
        guard let interface = interfaces.first(where: { $0.name == name }) else {
            let names = interfaces.map(\.name)
            let hint = Suggestion.hint(for: name, among: names)
            let all = names.joined(separator: ", ")
            throw UsageError("no page \"\(name)\"\(hint); there are \(all)", usage: usage)
        }
        let directory = try StateDirectory.open(arguments.operand("NAME"))
        guard let node = directory.inventory.group("monitor").first else {
            throw ForwardError.noMonitor(name: directory.name)
        }
        let pages = pages(of: directory)
        guard pages.contains(name) else {
            throw ForwardError.noPage(page: name, name: directory.name, pages: pages)
        }
        let forward = Forward(
            page: name,
            node: node.name,
            // A template may have its pages elsewhere.
            port: node.vars["\(name)_port"].flatMap { Int($0) } ?? interface.port,
            sshConfig: directory.files.sshConfig
        )
        console.begin("reaching \(name) on \(node.name)")
        do {
            try await forward.run { url in
                console.end()
                console.print(url)
                console.say("\(name) of \(directory.name), until Ctrl-C")
                if !arguments.flag("no-browser") { await show(url, console: console) }
            }
        } catch is CancellationError {
            // Ctrl-C is how it ends.
        }
    }

    /// Opens the browser, if there is a display to show it on.
    private static func show(_ url: String, console: Console) async {
        let hasDisplay = ["DISPLAY", "WAYLAND_DISPLAY"].contains {
            Files.environment($0).map { !$0.isEmpty } ?? false
        }
        let isMac =
            LocalProcess.find("/usr/bin/open") != nil && LocalProcess.find("xdg-open") == nil
        guard hasDisplay || isMac else { return }
        let opener = LocalProcess(isMac ? "open" : "xdg-open", [url], timeLimit: .seconds(20))
        // Without a browser there is still the URL.
        let outcome = try? await opener.run()
        if outcome?.isSuccess != true { console.say("no browser opens; go to \(url)") }
    }
}
