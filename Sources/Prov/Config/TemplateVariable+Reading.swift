internal import Foundation

extension TemplateVariable {
    /// Returns the variables that the `.tf` files of a template's folder declare, file by file.
    ///
    /// - Throws: ``ConfigErrors`` if the folder holds no `.tf` file, or one that cannot be read.
    package static func read(template: String) throws(ConfigErrors) -> [TemplateVariable] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: template).sorted()
        } catch {
            let hint = Nearby.hint(for: template)
            let remedy = hint.isEmpty ? " (name a folder with .tf files)" : hint
            throw failure("no such template folder\(remedy)", template)
        }
        if let name = names.first(where: { $0.hasSuffix(".tf.json") }) {
            let problem = "variables in JSON are not read (write them in a .tf file)"
            throw failure(problem, "\(template)/\(name)")
        }
        let files = names.filter { $0.hasSuffix(".tf") && !$0.hasPrefix(".") }
        guard !files.isEmpty else {
            throw failure("the folder holds no .tf file (name a template's folder)", template)
        }
        var variables: [TemplateVariable] = []
        var errors: [ConfigError] = []
        for name in files {
            let path = "\(template)/\(name)"
            do throws(ConfigErrors) {
                variables += try scan(try text(of: path), file: path)
            } catch {
                errors += error.errors
            }
        }
        guard errors.isEmpty else { throw ConfigErrors(errors) }
        return variables
    }

    private static func text(of path: String) throws(ConfigErrors) -> String {
        do {
            return try String(contentsOf: URL(filePath: path), encoding: .utf8)
        } catch {
            throw failure("cannot be read as text in UTF-8", path)
        }
    }

    private static func failure(_ problem: String, _ file: String) -> ConfigErrors {
        ConfigErrors([ConfigError(.template(problem), file: file)])
    }
}
