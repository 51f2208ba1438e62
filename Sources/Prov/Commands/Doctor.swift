import DeploymentState
import Usage

/// `prov doctor`: whether all is well on this machine, with the remedy for each fault.
enum Doctor: Subcommand {
    static let usage = Usage(
        "prov doctor",
        summary: "Checks programs, providers, keys, the clock and the deployments here.",
        example: "prov doctor prov/ec2",
        operands: [.init("TEMPLATE", "check what this template needs, too", occurs: 0...1)],
        options: [
            .init("terraform", value: "PATH", "the terraform or tofu to run"),
            .init("json", "print JSON"),
        ]
    )

    /// How many faults there are.
    struct Faults: Error, CustomStringConvertible {
        let count: Int
        var description: String { count == 1 ? "1 fault" : "\(count) faults" }
    }

    static func run(_ arguments: Arguments, console: Console) async throws {
        let name = arguments.operand("TEMPLATE")
        let template = name.isEmpty ? nil : try TemplateFolder(name)
        async let clock = ClockCheck.finding()
        let (program, terraform) = try await ProgramChecks.terraform(arguments.value("terraform"))
        var findings = [terraform] + ProgramChecks.tools()
        if let template {
            if let program {
                console.begin("terraform init in a copy of \(template.name)")
                findings.append(
                    try await ProgramChecks.providers(of: template, program: program)
                )
                console.end()
            }
            findings += try await LocalChecks.findings(for: template)
            if let finding = ProgramChecks.credentials(for: template) { findings.append(finding) }
        }
        findings.append(try await clock)
        findings += try await StateChecks.findings(in: Files.currentDirectory)
        if arguments.flag("json") {
            console.print(try DeploymentReport.json(findings))
        } else {
            for line in lines(of: findings) { console.print(line) }
        }
        let faults = findings.count { $0.state == .fault }
        if faults > 0 { throw Faults(count: faults) }
    }

    private static func lines(of findings: [Finding]) -> [String] {
        let width = findings.map(\.state.rawValue.count).max() ?? 0
        return findings.flatMap { finding in
            let state = finding.state.rawValue
            let gap = String(repeating: " ", count: width - state.count + 2)
            let indent = String(repeating: " ", count: width + 2)
            return ["\(state)\(gap)\(finding.subject): \(finding.text)"]
                + [finding.remedy].compactMap(\.self).map { "\(indent)remedy: \($0)" }
        }
    }
}
