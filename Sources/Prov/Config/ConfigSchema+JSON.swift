internal import YAML

extension ConfigSchema {
    /// The schema as JSON Schema (draft 2020-12), by which editors complete and check configs.
    ///
    /// Keys that only a user's own template declares are not in it, so it admits further ones.
    package func jsonSchema() -> String {
        var properties = YAMLMapping()
        for key in keys {
            var property: YAMLNode = ["description": YAMLNode(.string(key.summary))]
            // Null puts the template's default back, so each key that has one may be null.
            let alternatives = key.fallback == nil ? [] : [["type": "null"] as YAMLNode]
            property["anyOf"] = YAMLNode(.sequence([key.type.jsonSchema] + alternatives))
            properties[key.name] = property
        }
        let schema: YAMLNode = [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Config of prov",
            "type": "object",
            "properties": YAMLNode(.mapping(properties)),
        ]
        return schema.json() + "\n"
    }
}

extension ConfigType {
    /// What a value must be, as JSON Schema; a string may also be a `${env:…}` or `${file:…}`.
    fileprivate var jsonSchema: YAMLNode {
        switch self {
        case .string, .path: ["type": "string"]
        case .integer(let range):
            orReference([
                "type": "integer", "minimum": YAMLNode(.int(range.lowerBound)),
                "maximum": YAMLNode(.int(range.upperBound)),
            ])
        case .number(let range) where range == Self.anyNumber:
            orReference(["type": "number"])
        case .number(let range):
            orReference([
                "type": "number", "minimum": YAMLNode(.float(range.lowerBound)),
                "maximum": YAMLNode(.float(range.upperBound)),
            ])
        case .boolean: orReference(["type": "boolean"])
        case .duration:
            orReference(["type": "string", "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$"])
        case .cidr: orReference(["type": "string", "pattern": "^(auto|[0-9., /]+)$"])
        case .processors:
            orReference([
                "type": ["string", "integer"], "pattern": "^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$",
                "minimum": 0,
            ])
        case .region:
            orReference([
                "enum": YAMLNode(.sequence(Region.names.map { YAMLNode(.string($0)) }))
            ])
        case .choice(let words):
            orReference(["enum": YAMLNode(.sequence(words.map { YAMLNode(.string($0)) }))])
        case .list(let element): ["type": "array", "items": element.jsonSchema]
        case .oneOrMore(let element):
            [
                "anyOf": [
                    element.jsonSchema,
                    ["type": "array", "items": element.jsonSchema, "minItems": 1],
                ]
            ]
        case .map(let element):
            ["type": "object", "additionalProperties": element.jsonSchema]
        case .any: true
        }
    }

    private func orReference(_ schema: YAMLNode) -> YAMLNode {
        ["anyOf": [schema, ["type": "string", "pattern": "\\$\\{(env|file):"]]]
    }
}
