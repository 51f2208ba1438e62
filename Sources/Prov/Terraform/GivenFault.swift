import DeploymentState
import YAML

/// A value of a config that leads to nothing in the cloud, such as an image of another region, among the
/// lines of terraform's errors.
///
/// A template looks such a value up by a data source named `given`, with the value as its key:
/// `data.aws_ami.given["ami-0123456789abcdef0"]`.
enum GivenFault {
    /// Returns the faults with the places in the configs that set the values.
    ///
    /// - Parameters:
    ///   - lines: Terraform's errors.
    ///   - config: The merged config.
    /// - Returns: `nil` if the errors are about something else.
    static func errors(in lines: [String], config: Config) -> ConfigErrors? {
        let values = lines.compactMap { $0.contains("returned no results") ? value(in: $0) : nil }
        let place = config["region"].map { $0.shown($0.value.string ?? "") } ?? "the cloud"
        var faults: [ConfigError] = []
        for setting in config.settings {
            for node in setting.value.sequence ?? [setting.value] {
                guard let text = node.string, values.contains(text) else { continue }
                let reason = ConfigError.Reason.absent(
                    key: setting.key,
                    value: setting.isSecret ? nil : text,
                    place: place
                )
                faults.append(ConfigError(reason, at: node.mark))
            }
        }
        return faults.isEmpty ? nil : ConfigErrors(faults, order: config.sources.map(\.path))
    }

    /// The key of the data source `given` that a line begins with.
    private static func value(in line: String) -> String? {
        guard line.hasPrefix("data.") else { return nil }
        let parts = line.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].hasSuffix(".given[") else { return nil }
        return String(parts[1])
    }
}
