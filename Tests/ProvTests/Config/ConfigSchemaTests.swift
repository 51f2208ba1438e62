import Foundation
import Testing
import YAML

@testable import Prov

@Suite("Config schema", .timeLimit(.minutes(1)))
struct ConfigSchemaTests {
    private static let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in
        url.deletingLastPathComponent()
    }

    @Test("configs/README.md is the table's manual; RECORD=1 writes it")
    func manual() throws {
        let file = Self.root.appending(path: "configs/README.md")
        let manual = ConfigSchema.standard.markdown()
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            try Data(manual.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == manual)
    }

    @Test("each key stands once, is a word and has a sentence")
    func form() {
        let keys = ConfigSchema.standard.keys
        #expect(Set(keys.map(\.name)).count == keys.count)
        for key in keys {
            #expect(key.name.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil)
            #expect(key.summary.hasSuffix("."))
            #expect(!key.templates.isEmpty)
        }
        #expect(
            keys.filter(\.isSecret).map(\.name) == ["access_key", "secret_key", "session_token"]
        )
    }

    @Test(
        "the table knows what each template declares, and of which type",
        arguments: Set(ConfigSchema.standard.keys.flatMap(\.templates)).filter {
            FileManager.default.fileExists(
                atPath: root.appending(path: "prov/\($0)").path(percentEncoded: false)
            )
        }
    )
    func templates(name: String) throws {
        let folder = Self.root.appending(path: "prov/\(name)").path(percentEncoded: false)
        for variable in try TemplateVariable.read(template: folder)
        where !Config.reservedKeys.contains(variable.name) {
            let key = try #require(
                ConfigSchema.standard.key(variable.name),
                "\(variable.mark): \(variable.name) is missing from ConfigSchema"
            )
            #expect(key.templates.contains(name), "\(variable.mark): \(variable.name)")
            let isOptional = variable.hasDefault || Config.suppliedKeys.contains(key.name)
            let isNeeded = key.fallback == nil || key.requiredOn.contains(name)
            #expect(isOptional != isNeeded, "\(variable.mark): \(variable.name)")
            #expect(variable.isSensitive == key.isSecret, "\(variable.mark): \(variable.name)")
            #expect(fits(key.type, HCLType(variable.type)), "\(variable.mark): \(variable.name)")
        }
    }

    @Test("the JSON Schema is JSON with each key, its range and whether it may be null")
    func jsonSchema() throws {
        let text = ConfigSchema.standard.jsonSchema()
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        let properties = try #require(object?["properties"] as? [String: Any])
        #expect(Set(properties.keys) == Set(ConfigSchema.standard.keys.map(\.name)))
        let schema = try #require(try YAMLNode.parse(text, file: "schema.json"))
        let count = try #require(schema["properties"]?["server_count"]?["anyOf"]?.sequence)
        #expect(count.first?["anyOf"]?.sequence?.first?["maximum"] == 1_000)
        #expect(count.last == ["type": "null"])
        let types = schema["properties"]?["server_instance_type"]?["anyOf"]
        #expect(types == [["type": "string"]])
        let region = schema["properties"]?["region"]?["anyOf"]?.sequence?.first?["anyOf"]
        #expect(region?.sequence?.first?["enum"]?.sequence?.contains("us-east-1") == true)
    }

    private func fits(_ type: ConfigType, _ declared: HCLType) -> Bool {
        switch (type, declared) {
        case (_, .any), (_, .undeclared), (_, .other): true
        case (.string, .string), (.path, .string), (.duration, .string), (.cidr, .string),
            (.region, .string), (.choice, .string), (.processors, .string):
            true
        // prov hands the template one zone at a time.
        case (.oneOrMore(.string), .string): true
        case (.integer, .number), (.number, .number), (.boolean, .bool): true
        case (.list(let a), .list(let b)), (.oneOrMore(let a), .list(let b)),
            (.map(let a), .map(let b)):
            fits(a, b)
        default: false
        }
    }
}
