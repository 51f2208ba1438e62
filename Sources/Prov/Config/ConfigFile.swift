internal import Digest
internal import Foundation
internal import YAML

/// One config file as read.
struct ConfigFile {
    /// A file larger than this is no config: 4 MiB.
    static let sizeLimit = 4 << 20

    let path: String
    let digest: String
    let mapping: YAMLMapping

    /// Reads a file whose top level is a mapping.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - faults: Gains the faults that leave the rest readable, such as duplicate keys.
    /// - Throws: ``ConfigError`` if it is missing, a folder, too large, unreadable, no YAML, empty,
    ///   or something else than a mapping.
    init(_ path: String, faults: inout [ConfigError]) throws(ConfigError) {
        let bytes = try Self.bytes(of: path)
        let root: YAMLNode?
        var yamlFaults: [YAMLError] = []
        defer { faults += yamlFaults.map { ConfigError(.yaml($0.reason), at: $0.mark) } }
        do {
            root = try YAMLNode.parse(bytes: bytes, file: path, faults: &yamlFaults)
        } catch {
            throw ConfigError(.yaml(error.reason), at: error.mark)
        }
        guard let root else {
            let problem = "the file is empty (set a key in it, or leave it out)"
            throw ConfigError(.file(problem), file: path)
        }
        guard let mapping = root.mapping else {
            let problem = "the file must hold keys with values, found \(root.value.kind)"
            throw ConfigError(.file(problem), at: root.mark)
        }
        self.path = path
        self.mapping = mapping
        digest = SHA256.hexadecimal(of: bytes)
    }

    private static func bytes(of path: String) throws(ConfigError) -> [UInt8] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ConfigError(.file("no such file\(Nearby.hint(for: path))"), file: path)
        }
        guard !isFolder.boolValue else {
            throw ConfigError(.file("is a directory (name a config file in it)"), file: path)
        }
        do {
            return try ConfigBytes.read(path, pipe: ConfigBytes.patience)
        } catch {
            let problem =
                switch error {
                case .unreadable: "cannot be read (check its permissions)"
                case .noFile: "is neither a file nor a pipe (name a config file)"
                case .unended: "is a pipe that has not ended after 60 s (write it into a file)"
                case .tooLarge: "is larger than 4 MiB, so no config file"
                }
            throw ConfigError(.file(problem), file: path)
        }
    }
}
