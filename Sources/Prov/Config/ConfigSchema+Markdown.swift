extension ConfigSchema {
    /// The manual of all keys in Markdown: the text of `configs/README.md`.
    package func markdown() -> String {
        let rows = keys.map { key in
            let value = key.type.expectation + (key.isSecret ? "; a secret" : "")
            let needs = key.requiredOn.joined(separator: ", ")
            let without =
                (key.fallback ?? "**required**")
                + (needs.isEmpty ? "" : "; **required** on \(needs)")
            let templates = key.templates.joined(separator: ", ")
            return "| `\(key.name)` | \(value) | \(without) | \(templates) | \(key.summary) |"
        }
        return """
            # Config keys

            <!-- Made from Sources/Prov/Config/ConfigSchema.swift: RECORD=1 swift test --filter ConfigSchemaTests -->

            A config is a YAML file. `prov provision NAME TEMPLATE CONFIG…` merges several: later files win, maps merge key by
            key, lists replace, and null puts the template's default back. Keys that start with `x_` are free for anchors and
            notes. `${env:NAME}` stands for an environment variable and `${file:PATH}` for a file's text (from the config's
            folder; without the line break at its end); both are secrets wherever they land, unless they end in `:public}`; `$${env:` stands for itself with one `$`. Relative paths start where `prov` runs. A
            key that neither this table nor the template's variables know is an error. Secrets go to terraform in its
            environment and nowhere else.

            `prov config CONFIG…` shows the merged config with the file and line that set each key. Editors check and complete
            configs by `prov config --schema > configs/schema.json` and a first line
            `# yaml-language-server: $schema=schema.json` in the config.

            | key | value | without it | templates | meaning |
            | --- | --- | --- | --- | --- |
            \(rows.joined(separator: "\n"))

            """
    }
}
