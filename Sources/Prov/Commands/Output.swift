import DeploymentState
import Shell
import Usage

/// `prov output`: what the template tells about a deployment, as terraform keeps it.
enum Output: Subcommand {
    static let usage = Usage(
        "prov output",
        summary: "Prints the outputs of a deployment's template.",
        example: "prov output demo --json",
        operands: [
            .init("NAME", "the deployment, or the path of its state directory"),
            .init(
                "OUTPUT",
                "print the value of this one alone, also if it is a secret",
                occurs: 0...1
            ),
        ],
        options: [
            .init("json", "print JSON"),
            .init("terraform", value: "PATH", "the terraform or tofu to run"),
        ]
    )

    static func run(_ arguments: Arguments, console: Console) async throws {
        let directory = try StateDirectory.find(arguments.operand("NAME"))
        guard directory.record.mayHaveMade(in: directory.files) else {
            throw InventoryError.notReady(name: directory.name, status: directory.record.status)
        }
        let outputs = try await outputs(directory, asked: arguments.value("terraform"))
        let name = arguments.operand("OUTPUT")
        let isJSON = arguments.flag("json")
        if !name.isEmpty {
            guard let output = outputs[name] else {
                throw ProvError.noOutput(name: name, outputs: outputs.keys.sorted())
            }
            return console.print(try text(output["value"] ?? .null, isJSON: isJSON))
        }
        // A template may put a secret into an output without calling it sensitive.
        let settings = try Settings(
            recorded: directory.record,
            files: directory.files,
            template: try TemplateFolder(directory.files.terraform),
            say: console.say
        )
        console.hide(settings.secrets)
        let shown = outputs.mapValues { output in
            output["sensitive"] == .bool(true)
                ? JSONValue.string(ConfigListing.redacted) : output["value"] ?? .null
        }
        guard !isJSON else { return console.print(try DeploymentReport.json(shown)) }
        for (name, value) in shown.sorted(by: { $0.key < $1.key }) {
            console.print("\(name) = \(try text(value, isJSON: false))")
        }
    }

    /// A string, number or bool as it is, anything else as JSON.
    private static func text(_ value: JSONValue, isJSON: Bool) throws -> String {
        if !isJSON, let text = value.scalarText { return text }
        return try DeploymentReport.json(value)
    }

    /// Asks terraform, without the deployment's lock: it only reads.
    private static func outputs(
        _ directory: StateDirectory,
        asked: String?
    ) async throws -> [String: JSONValue] {
        let recorded = directory.record.terraform
        let program = try Terraform.find(asked ?? (Files.isExecutable(recorded) ? recorded : nil))
        let process = LocalProcess(
            program,
            ["output", "-json", "-no-color"],
            environment: Terraform.plainEnvironment,
            directory: directory.files.terraform,
            timeLimit: .seconds(60)
        )
        let outcome = try await process.execute()
        guard let outputs = JSONValue(outcome.outputText)?.members else {
            throw ProvError.badOutput(["terraform output -json prints no map"])
        }
        return outputs
    }
}
