internal import Foundation
internal import Usage
internal import YAML

extension Config {
    /// Reads files of which some no longer fit: what is at fault is left out, and all else counts.
    ///
    /// The parameters are those of ``load(_:variables:template:schema:use:environment:)``.
    ///
    /// - Returns: What is left, and the faults.
    /// - Throws: ``ConfigErrors`` if the template cannot do without what is left out.
    package static func salvage(
        _ files: [String],
        variables: [TemplateVariable],
        template: String,
        schema: ConfigSchema = .standard,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ConfigErrors) -> (config: Config, faults: ConfigErrors) {
        try Interruption.endsAtOnce { () throws(ConfigErrors) in
            var reader = ConfigReader(files, variables, schema, environment)
            let all = reader.settings()
            let paths = reader.absolutePaths(all)
            let sound = all.filter { !reader.isAtFault($0) }
            let missing = reader.missing(besides: sound, template: template, files: files)
            guard missing.isEmpty else {
                throw ConfigErrors(reader.errors + missing, order: files)
            }
            let config = Config(
                settings: sound,
                sources: reader.sources,
                terraformEnvironment: reader.terraformEnvironment(sound, paths),
                paths: paths
            )
            return (config, ConfigErrors(reader.errors, order: files))
        }
    }
}
