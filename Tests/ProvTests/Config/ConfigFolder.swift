import Foundation
import YAML

@testable import Prov

/// A temporary folder with config files, removed with its last reference.
final class ConfigFolder: Sendable {
    let path: String

    init(_ files: [String: String] = [:]) throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "config \(UUID())")
        path = url.path(percentEncoded: false)
        for (name, text) in files {
            let file = url.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }
    }

    deinit {
        // What is left in the system's temporary folder harms nobody.
        try? FileManager.default.removeItem(atPath: path)
    }

    func load(
        _ names: [String],
        variables: [TemplateVariable],
        use: ConfigUse = .show,
        environment: [String: String] = [:]
    ) throws(ConfigErrors) -> Config {
        try Config.load(
            names.map { "\(path)/\($0)" },
            variables: variables,
            template: "prov/local",
            use: use,
            environment: environment
        )
    }

    /// Returns the faults with paths relative to the folder; empty if the config is fine.
    func faults(
        _ names: [String],
        variables: [TemplateVariable] = TemplateVariable.local,
        environment: [String: String] = [:]
    ) -> [String] {
        do throws(ConfigErrors) {
            _ = try load(names, variables: variables, environment: environment)
            return []
        } catch {
            return error.errors.map { $0.description.replacing("\(path)/", with: "") }
        }
    }
}

extension TemplateVariable {
    init(
        _ name: String,
        _ type: String,
        hasDefault: Bool = true,
        isSensitive: Bool = false,
        description: String = ""
    ) {
        self.init(
            name: name,
            type: type,
            hasDefault: hasDefault,
            isSensitive: isSensitive,
            description: description,
            mark: .inCode
        )
    }

    static let local = [
        TemplateVariable("deployment_name", "string", hasDefault: false),
        TemplateVariable("public_key_path", "string", hasDefault: false),
        TemplateVariable("server_count", "number"),
        TemplateVariable("server_cpus", "number"),
        TemplateVariable("image_packages", "list(string)"),
        TemplateVariable("image_suite", "string"),
    ]

    static let cloud = [
        TemplateVariable("deployment_name", "string", hasDefault: false),
        TemplateVariable("region", "string", hasDefault: false),
        TemplateVariable("availability_zone", "list(string)", hasDefault: false),
        TemplateVariable("secret_key", "string", isSensitive: true),
        TemplateVariable("token", "string", isSensitive: true),
        TemplateVariable("tags", "map(string)"),
        TemplateVariable("server_spot", "bool"),
        TemplateVariable("disks", "map(list(number))"),
        TemplateVariable("shape", "object({a=string})"),
        TemplateVariable("free", ""),
        TemplateVariable("private_key_path", "string"),
    ]
}
