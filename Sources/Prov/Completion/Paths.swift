import DeploymentState

/// The paths that a beginning may become: one folder deep, folders with a `/` behind them.
struct Paths {
    private let prefix: String
    private let folder: String
    private let names: [String]

    /// Looks into the folder that `beginning` is in.
    init(_ beginning: String) {
        let slash = beginning.lastIndex(of: "/").map { beginning.index(after: $0) }
        prefix = slash.map { String(beginning[..<$0]) } ?? ""
        let last = slash.map { beginning[$0...] } ?? beginning[...]
        let home = Files.environment("HOME") ?? ""
        folder = Files.absolute(prefix.hasPrefix("~/") ? home + prefix.dropFirst() : prefix)
        // A folder that cannot be read has nothing to offer.
        names = ((try? Files.list(folder)) ?? []).filter { name in
            name.hasPrefix(last) && (!name.hasPrefix(".") || last.hasPrefix("."))
        }
    }

    /// Every file and folder.
    var all: [String] {
        names.map { isFolder($0) ? "\(prefix)\($0)/" : prefix + $0 }
    }

    /// YAML files, and folders; from the folder `configs`, its files at once.
    var configs: [String] {
        ahead("configs") { $0.configs }
            + names.filter { Self.isYAML($0) && !isFolder($0) }.map { prefix + $0 } + folders
    }

    /// Templates, and folders; from the folder `prov`, its templates at once.
    var templates: [String] {
        ahead("prov") { $0.templates }
            + names.filter(isTemplate).map { prefix + $0 }
            + folders.filter { !isTemplate(String($0.dropLast().dropFirst(prefix.count))) }
    }

    private func ahead(_ name: String, _ list: (Paths) -> [String]) -> [String] {
        guard prefix.isEmpty, names.contains(name), isFolder(name) else { return [] }
        return list(Paths(name + "/")).filter { !$0.hasSuffix("/") }
    }

    private var folders: [String] {
        names.filter { isFolder($0) && !isDeployment($0) }.map { "\(prefix)\($0)/" }
    }

    private static func isYAML(_ name: String) -> Bool {
        name.hasSuffix(".yml") || name.hasSuffix(".yaml")
    }

    private func isFolder(_ name: String) -> Bool { Files.isDirectory("\(folder)/\(name)") }

    private func isDeployment(_ name: String) -> Bool {
        Files.exists(StateFiles("\(folder)/\(name)").record)
    }

    private func isTemplate(_ name: String) -> Bool {
        guard isFolder(name) else { return false }
        let files = try? Files.list("\(folder)/\(name)")  // not readable, so no template for us
        return files?.contains { $0.hasSuffix(".tf") } ?? false
    }
}
