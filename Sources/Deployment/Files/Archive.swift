import Shell

/// An archive that came from a node; nothing in it is believed.
enum Archive {
    /// The most that an archive itself may have, in bytes: 16 GiB.
    static let packedLimit = 16 << 30
    /// The most that all files of one archive may have, in bytes: 64 GiB.
    static let sizeLimit = 64 << 30

    /// Unpacks an archive into a folder; files of the same path are replaced, others stay.
    ///
    /// What comes of it belongs to us, is private, has no setuid bit, and lies within the folder; a
    /// link that leads out of it is left out.
    ///
    /// - Throws: If the archive holds a device, or more than `limit` bytes; then nothing is unpacked.
    static func unpack(_ file: String, into folder: String, limit: Int = sizeLimit) async throws {
        let words = ["-euo", "pipefail", "-c", script, "unpack", file, folder, "\(limit)"]
        let outcome = try await LocalProcess("bash", words, timeLimit: .seconds(1_800)).run()
        guard !outcome.isSuccess else { return }
        throw BadArchive(file: file, reason: outcome.errorText)
    }

    private static let script = #"""
        file=$1 folder=$(realpath "$2") limit=$3
        umask 077
        # One line for each entry, its kind first; tar writes a line break in a name as \n.
        tar --list --verbose --numeric-owner --gzip --file "$file" | awk -v limit="$limit" '
            !/^[-dlhp]/ { print "it holds a device: " $0; bad = 1; exit }
            { size += $3 }
            size > limit { print "it holds more than " limit " bytes"; bad = 1; exit }
            END { exit bad }' >&2
        new=$(mktemp -d "$folder/.unpack-XXXXXX")
        trap 'rm -rf "$new"' EXIT
        tar --extract --gzip --no-same-owner --no-same-permissions --file "$file" --directory "$new"
        find "$new" -type l -print0 | while IFS= read -r -d '' link; do
            case $(realpath --canonicalize-missing -- "$link" 2>/dev/null) in
                "$new"/*) ;;
                *) rm -- "$link" ;;
            esac
        done
        find "$new" ! -type f ! -type d ! -type l -delete
        find "$new" ! -type l -perm /7000 -exec chmod u-s,g-s,o-t {} +
        cp --recursive --no-dereference --remove-destination --preserve=timestamps "$new/." "$folder"
        """#
}

/// An archive that is not unpacked.
struct BadArchive: Error, Hashable, CustomStringConvertible {
    let file: String
    let reason: String

    var description: String {
        let lines = reason.split(separator: "\n").suffix(5).joined(separator: "; ")
        return "\(file): cannot be unpacked: \(lines.isEmpty ? "tar failed" : lines)"
    }
}
