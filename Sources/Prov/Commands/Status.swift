import FoundationEssentials
import Inventory
import Usage

/// `prov status`: what a deployment is made of, and how far it got.
enum Status: Subcommand {
    static let usage = Usage(
        "prov status",
        summary: "Shows how far a deployment got, and its nodes.",
        example: "prov status demo",
        operands: [.init("NAME", "the deployment, or the path of its state directory")],
        options: [.init("json", "print JSON")]
    )

    static func run(_ arguments: Arguments, console: Console) async throws {
        let directory = try StateDirectory.find(arguments.operand("NAME"))
        let report = DeploymentReport(directory)
        guard !arguments.flag("json") else { return console.print(try report.json()) }
        console.print("\(report.name): \(report.statusText)")
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
        if !report.cost.isEmpty { rows.append(["per hour", report.cost]) }
        for line in Table.lines(rows) { console.print("  " + line) }
        guard !report.nodes.isEmpty else { return }
        console.print("")
        let head = ["node", "public ip", "private ip", "user", "port"]
        let nodes = report.nodes.map {
            [$0.name, $0.public_ip, $0.private_ip, $0.user, "\($0.port)"]
        }
        for line in Table.lines([head] + nodes) { console.print("  " + line) }
    }
}

/// `prov list`: all deployments in the current directory and in `$PROV_HOME`.
enum List: Subcommand {
    static let usage = Usage(
        "prov list",
        summary:
            "Lists the deployments in the current directory and in $PROV_HOME, or in the cloud.",
        example: "prov list --cloud configs/credentials.yml --region us-east-1",
        operands: [CloudCall.configs],
        options: [.init("json", "print JSON")] + CloudCall.options
    )

    static func run(_ arguments: Arguments, console: Console) async throws {
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
