public import DeploymentState
import Foundation
import Shell
import Usage

/// What was asked for is not on the node.
struct NothingToCollect: Error, CustomStringConvertible {
    let pattern: String

    var description: String { "nothing matches \"\(pattern)\"" }
}

extension Deployment {
    /// Fetches files from nodes into `folder/NODE/`, with their paths below the pattern's folder.
    ///
    /// - Parameters:
    ///   - pattern: A path on the node, with the shell's `*`, `?` and `[…]`; folders come whole.
    ///     Root reads them, so no file is left out for want of permission.
    ///   - nodes: The nodes.
    ///   - folder: The local folder; what it holds already stays, but for files of the same path.
    ///   - entryLimit: So many files, folders and links may come from one node.
    /// - Returns: Each node's own folder.
    /// - Throws: ``FanOutError`` with every failure; nothing that matches is one.
    @discardableResult
    public func collect(
        _ pattern: String,
        from nodes: [Node],
        into folder: String,
        entryLimit: Int = 100_000
    ) async throws -> [Node: String] {
        try await progress.step("collect \(pattern) from \(nodes.count.of("node"))") { _ in
            try await onEach(nodes) { remote in
                let local = "\(folder)/\(remote.node.name)"
                try FileManager.default.createDirectory(
                    atPath: local,
                    withIntermediateDirectories: true
                )
                let fetched = "\(local)/.collected.tar.gz"
                defer { try? Files.remove(fetched) }  // the next one is written over it
                try await remote.withStaging { staging in
                    let archive = "\(staging)/files.tar.gz"
                    let pack = Collecting.pack(pattern, into: archive)
                    let packed = try await remote.capture(pack)
                    if packed.status == .exited(Collecting.nothing) {
                        throw NothingToCollect(pattern: pattern)
                    }
                    guard packed.status.isSuccess else {
                        throw RemoteError(node: remote.node.name, call: pack, result: packed)
                    }
                    try await remote.download(archive, to: fetched, limit: Archive.packedLimit)
                }
                try await Archive.unpack(fetched, into: local, entries: entryLimit)
                return local
            }
        }
    }
}

/// The node's side of ``Deployment/collect(_:from:into:)``.
enum Collecting {
    /// The exit status that says that nothing matches.
    static let nothing: Int32 = 66  // EX_NOINPUT of sysexits.h

    /// Packs what matches into an archive that the login user can read.
    ///
    /// A file that grows meanwhile, such as a log, is packed as far as it was (tar's status 1).
    static func pack(_ pattern: String, into archive: String) -> RemoteCall {
        .script(
            """
            # pack files
            shopt -s nullglob
            folder=$(dirname "$1")
            cd "$folder" 2>/dev/null || exit 66
            IFS=
            found=($(basename "$1"))
            existing=()
            for name in "${found[@]}"; do [ ! -e "$name" ] || existing+=("./$name"); done
            [ ${#existing[@]} -gt 0 ] || exit 66
            tar --create --gzip --file "$2" "${existing[@]}" || [ $? -eq 1 ]
            chmod 644 "$2"
            """,
            arguments: [.plain(pattern), .plain(archive)],
            timeLimit: .seconds(900)
        )
    }
}
