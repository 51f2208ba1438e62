import DeploymentState
import FoundationEssentials
import Usage

/// `prov status`: what a deployment is made of, how far it got, and which nodes answer.
enum Status: Subcommand {
    static let usage = Usage(
        "prov status",
        summary: "Shows how far a deployment got, and which of its nodes answer.",
        example: "prov status demo",
        operands: [.init("NAME", "the deployment, or the path of its state directory")],
        options: [
            .init("json", "print JSON"),
            .init("moved", "take this directory for the deployment's own: no other one is left"),
            .init("terraform", value: "PATH", "the terraform or tofu to ask whose account it is"),
        ]
    )

    static func run(_ arguments: Arguments, console: Console) async throws {
        if arguments.flag("moved") { try claim(arguments.operand("NAME"), console: console) }
        let directory = try StateDirectory.find(arguments.operand("NAME"))
        let answering = await Reach.answering(directory.inventory.nodes)
        let report = DeploymentReport(directory, answering: answering)
        if arguments.flag("json") {
            console.print(try report.json())
        } else {
            for line in lines(of: report) { console.print(line) }
        }
        try await comparePlace(directory, arguments.value("terraform"), console: console)
    }

    /// Notes that the directory is no copy, as somebody says.
    private static func claim(_ name: String, console: Console) throws {
        let files = try StateDirectory.locate(
            name,
            in: Files.currentDirectory,
            home: Files.environment("PROV_HOME")
        )
        guard Files.exists(files.record) else {
            throw InventoryError.noDeployment(path: files.path)
        }
        let command = "prov status \(files.name) --moved"
        let lock = try DeploymentLock(files, command: command, say: console.say)
        defer { withExtendedLifetime(lock) {} }
        try files.claim()
    }

    private static func lines(of report: DeploymentReport) -> [String] {
        var rows = [
            ["template", report.template], ["id", report.id],
            ["created", "\(report.created_at), \(report.age) ago, by \(report.created_by)"],
            ["directory", report.path],
        ]
        if let expiry = report.expires_at {
            let left = report.expires_in ?? ""
            rows.append([
                "expires", left == "expired" ? "\(expiry), passed" : "\(expiry), in \(left)",
            ])
        }
        if let doing = report.doing { rows.append(["at work", doing]) }
        if !report.cost.isEmpty { rows.append(["per hour", report.cost]) }
        let head = ["\(report.name): \(report.statusText)"] + Table.lines(rows).map { "  " + $0 }
        guard !report.nodes.isEmpty else { return head }
        let columns = ["node", "public ip", "private ip", "user", "port", "ssh"]
        let nodes = report.nodes.map { node in
            [
                node.name, node.public_ip, node.private_ip, node.user, "\(node.port)",
                node.answers == true ? "answers" : "does not answer",
            ]
        }
        return head + [""] + Table.lines([columns] + nodes).map { "  " + $0 }
    }

    /// Compares where the credentials lead to with where the deployment was made.
    ///
    /// Every command that changes it does so, and `plan`. What cannot be asked now, such as without a network, is
    /// said.
    ///
    /// - Throws: ``ProvError/otherPlace(name:what:made:found:)``.
    private static func comparePlace(
        _ directory: StateDirectory,
        _ asked: String?,
        console: Console
    ) async throws {
        var record = directory.record
        guard record.place != nil else { return }
        // Another prov may be at work in the deployment's own folder, and status waits for nobody.
        let scratch = try Files.makeTemporaryDirectory("prov-status")
        defer { try? Files.remove(scratch) }  // what is left lies among temporary files
        do {
            let terraform = try Deprovision.terraform(record, directory.files, asked, console)
            try await Place.check(
                &record,
                terraform,
                mayRecord: false,
                scratch: scratch,
                console: console
            )
            console.end()
        } catch let error as ProvError {
            console.end()
            if case .otherPlace = error { throw error }
            let line = "\(error)".split(separator: "\n").first ?? ""
            console.say("whose account it is was not compared: \(line)")
        }
    }
}

/// `prov list`: all deployments in the current directory and in `$PROV_HOME`.
enum List: Subcommand {
    static let usage = Usage(
        "prov list",
        summary:
            "Lists the deployments here and in $PROV_HOME, in the cloud, or on this host.",
        example: "prov list --cloud configs/credentials.yml --region us-east-1",
        operands: [CloudCall.configs],
        options: [.init("json", "print JSON"), ThisHost.option] + CloudCall.options
    )

    static func run(_ arguments: Arguments, console: Console) async throws {
        if arguments.flag("host") {
            return try await DeploymentsOnHost.list(arguments, console: console)
        }
        guard !arguments.flag("cloud") else {
            return try await DeploymentsInCloud.list(arguments, console: console)
        }
        try DeploymentsInCloud.refuseConfigs(arguments)
        let reports = Here.directories(say: console.say).map { DeploymentReport($0) }
        guard !arguments.flag("json") else {
            return console.print(try DeploymentReport.json(reports))
        }
        guard !reports.isEmpty else { return console.print("no deployments here") }
        let head = ["name", "template", "nodes", "status", "age", "expires in", "per hour"]
        let rows = reports.map { report in
            [
                report.name, report.template, "\(report.nodes.count)", report.statusText,
                report.age,
                report.expires_in ?? "never", report.cost.isEmpty ? "-" : report.cost,
            ]
        }
        for line in Table.lines([head] + rows) { console.print(line) }
    }
}

/// Columns for a terminal.
enum Table {
    /// Returns the rows with their cells in columns, two spaces apart.
    static func lines(_ rows: [[String]]) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}
