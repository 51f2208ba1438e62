package import Door
private import Glibc
internal import Usage

/// The way to a run that is under way, from how a person names it.
package struct RunAddress: Sendable, Hashable {
    /// Where the programs of scenarios leave their trials unless they are told otherwise.
    private static let trials = "trials"

    /// `HOST:PORT`.
    package let address: String
    /// What the door wants to be told.
    package let token: DoorToken?

    /// Finds a run.
    ///
    /// - Parameters:
    ///   - name: `HOST:PORT` of its door, the directory of its trial, or the name of its scenario, whose trial is
    ///     then looked for in `folder/trials`.
    ///   - tokenFile: The token's file; `nil` for what the trial's directory says.
    ///   - folder: Where to look.
    /// - Throws: ``RunAddressError``, ``DoorError``.
    package init(_ name: String, tokenFile: String?, in folder: String = ".") throws {
        let given = try tokenFile.map { try DoorToken(file: $0) }
        if name.contains(":"), access(name, F_OK) != 0 {
            (address, token) = (name, given)
            return
        }
        let content = try Self.find(name, in: folder)
        (address, token) = ("\(content.place)", given ?? content.token)
    }

    private static func find(_ name: String, in folder: String) throws -> DoorFile.Content {
        let isFolder = name.contains("/") || name == "." || access(name, F_OK) == 0
        if isFolder {
            guard let (content, isOpen) = try DoorFile.find(in: name), isOpen else {
                throw RunAddressError.closed(name)
            }
            return content
        }
        var open: [(trial: String, content: DoorFile.Content)] = []
        for trial in entries(of: "\(folder)/\(trials)") {
            let path = "\(folder)/\(trials)/\(trial)"
            guard let (content, isOpen) = try DoorFile.find(in: path), isOpen else { continue }
            open.append(("\(trials)/\(trial)", content))
        }
        let named = open.filter { $0.content.scenario == name }
        guard named.count <= 1 else {
            throw RunAddressError.several(name, trials: named.map(\.trial))
        }
        guard let found = named.first else {
            throw RunAddressError.none(name, open: Set(open.map(\.content.scenario)).sorted())
        }
        return found.content
    }

    private static func entries(of path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}

/// Why no run is found.
package enum RunAddressError: Error, Hashable, CustomStringConvertible {
    /// No run of this scenario is under way here.
    case none(String, open: [String])
    /// There are several.
    case several(String, trials: [String])
    /// A trial's directory has no open door.
    case closed(String)

    /// What was looked for, and the remedy.
    package var description: String {
        switch self {
        case .none(let name, let open):
            "no run of \"\(name)\" is under way with its trial in trials/"
                + Suggestion.hint(for: name, among: open)
                + "; name its trial's directory, or HOST:PORT of its door"
        case .several(let name, let trials):
            "\(trials.count) runs of \"\(name)\" are under way; name one: \(trials.listed)"
        case .closed(let folder):
            "\(folder): no run with an open door leaves its trial there; either it is over, "
                + "or it was called with --door none"
        }
    }
}
