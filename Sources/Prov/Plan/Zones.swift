import DeploymentState
import YAML

/// The availability zones that a config names, in the order in which they are tried.
struct Zones: Sendable, Hashable {
    /// All of them; empty if the config names none, or the template takes the list itself.
    let names: [String]
    /// Whether they must not be shown.
    private let isSecret: Bool

    /// Makes the list of them.
    init(names: [String], isSecret: Bool = false) {
        self.names = names
        self.isSecret = isSecret
    }

    /// Reads the config's `availability_zone`, one or a list.
    init(_ settings: Settings, template: TemplateFolder) {
        let type = template.variables.first { $0.name == "availability_zone" }?.type
        guard type.map({ HCLType($0) }) == .string,
            let setting = settings.config["availability_zone"]
        else {
            self.init(names: [])
            return
        }
        let value = setting.value
        self.init(
            names: value.string.map { [$0] } ?? value.sequence?.compactMap(\.string) ?? [],
            isSecret: setting.isSecret
        )
    }

    /// Returns what messages show of one of them.
    func shown(_ name: String) -> String { isSecret ? ConfigListing.redacted : name }

    /// Returns the order in which to try them: the one where the deployment stands comes first.
    ///
    /// - Parameters:
    ///   - current: Where it stands or was tried last.
    ///   - isFixed: Whether it must stay there, because machines stand there.
    /// - Returns: Names, none twice; empty if there is nothing to choose.
    func order(from current: String?, isFixed: Bool) -> [String] {
        guard let current, let index = names.firstIndex(of: current) else { return names }
        return isFixed ? [current] : Array(names[index...] + names[..<index])
    }
}

/// How AWS says that a zone has no room for a machine.
enum Capacity {
    /// The error codes of RunInstances that another zone may not give.
    private static let codes = [
        "InsufficientInstanceCapacity", "InsufficientHostCapacity", "InsufficientCapacity",
        "InsufficientReservedInstanceCapacity", "UnfulfillableCapacity", "SpotMaxPriceTooLow",
        "MaxSpotInstanceCountExceeded", "capacity-not-available", "capacity-oversubscribed",
        // "… is not supported in your requested Availability Zone"
        "Unsupported: Your requested instance type",
    ]

    /// Returns the line of terraform's errors that says so; `nil` if they are about something else.
    static func lack(in error: any Error) -> String? {
        guard case ProvError.failed(_, _, let lines, _) = error else { return nil }
        return lines.first { line in codes.contains { line.contains($0) } }
    }
}
