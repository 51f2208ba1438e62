import Foundation

/// Copies of the loaders' logs that grow while a stress runs, for whoever watches it.
///
/// `bench watch` reads them; no figure comes from them, since the whole logs are fetched at the end,
/// when the copies go.
struct LiveLogs {
    private static let fileName = "live.log"

    private let folder: String
    /// No copy becomes much larger than so many bytes.
    private let limit: Int
    /// How many bytes of each loader's log are here, by client.
    private(set) var places: [String: Int] = [:]

    /// Keeps copies in the folders of a stress's loaders, each up to `limit` bytes.
    init(of stress: String, in folder: String, limit: Int) {
        self.folder = "\(folder)/\(stress)"
        self.limit = limit
    }

    /// Adds what has come of a client's log.
    ///
    /// A copy that cannot be written, as on a full disk, ends no measurement: it stays as it is.
    mutating func add(_ text: String, of client: String) {
        guard !text.isEmpty else { return }
        // the place moves on all the same, so that a client is not asked for megabytes again
        defer { places[client, default: 0] += text.utf8.count }
        guard places[client] ?? 0 < limit else { return }
        let own = "\(folder)/\(client)"
        let path = "\(own)/\(Self.fileName)"
        do {
            if places[client] == nil {
                try FileManager.default.createDirectory(
                    atPath: own,
                    withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700]
                )
                _ = FileManager.default.createFile(
                    atPath: path,
                    contents: nil,
                    attributes: [.posixPermissions: 0o600]
                )
            }
            let file = try FileHandle(forWritingTo: URL(filePath: path))
            defer { try? file.close() }  // what is not on the disk then is not missed
            try file.seekToEnd()
            try file.write(contentsOf: Data(text.utf8))
        } catch {
            // it stays as it is
        }
    }

    /// Removes a client's copy, when the whole log is there.
    static func remove(in folder: String) {
        // what is left over is read by nobody but a watcher
        try? FileManager.default.removeItem(atPath: "\(folder)/\(fileName)")
    }
}
