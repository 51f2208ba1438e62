import DeploymentState
import Usage

/// `prov config`: the merged config, each key with the file and line that set it.
enum ConfigCommand: Subcommand {
    static let usage = Usage(
        "prov config",
        summary: "Shows a merged config with the file and line that set each key.",
        example: "prov config configs/credentials.yml configs/4504.yml --template prov/ec2",
        operands: [
            .init("NAME|CONFIG", "a deployment, or YAML files; later ones win", occurs: 0...1_000)
        ],
        options: [
            .init("template", value: "TEMPLATE", "check the files as this template needs them"),
            .init("schema", "print the JSON Schema of the keys instead, for editors"),
            .init("json", "print JSON"),
        ]
    )

    static func run(_ arguments: Arguments, console: Console) async throws {
        if arguments.flag("schema") {
            return console.write(ConfigSchema.standard.jsonSchema())
        }
        let words = arguments.all("NAME|CONFIG")
        guard !words.isEmpty else { throw UsageError("missing NAME or CONFIG", usage: usage) }
        let listing = try listing(words, template: arguments.value("template"))
        guard arguments.flag("json") else { return console.write(listing.text) }
        console.print(try DeploymentReport.json(listing))
    }

    private static func listing(_ words: [String], template: String?) throws -> ConfigListing {
        if words.count == 1, template == nil, let files = try deployment(words[0]) {
            guard Files.exists(files.config) else {
                let status = try DeploymentRecord(file: files.record).status
                throw InventoryError.notReady(name: files.name, status: status)
            }
            return try ConfigListing(kept: files.config)
        }
        let folder = try template.map { try TemplateFolder($0) }
        return ConfigListing(
            try Config.load(words, variables: folder?.variables ?? [], template: template ?? "")
        )
    }

    /// Returns the deployment's files; `nil` if the word can only be meant as a config file.
    private static func deployment(_ word: String) throws -> StateFiles? {
        if Files.exists(word), !Files.isDirectory(word) { return nil }
        if word.hasSuffix(".yml") || word.hasSuffix(".yaml") { return nil }
        return try StateDirectory.find(word).files
    }
}
