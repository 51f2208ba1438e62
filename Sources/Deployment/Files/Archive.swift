import DeploymentState
import Foundation
import Shell

/// An archive that came from a node; nothing in it is believed.
enum Archive {
    /// The most that an archive itself may have, in bytes: 16 GiB.
    static let packedLimit = 16 << 30
    /// The most that all files of one archive may have, in bytes: 64 GiB.
    static let sizeLimit = 64 << 30
    /// The most files, folders and links that one archive may have, unless somebody wants more.
    static let entryLimit = 100_000

    /// Unpacks an archive into a folder; files of the same path are replaced, others stay.
    ///
    /// What comes of it belongs to us, is private, has no setuid bit, and lies within the folder; a
    /// link that leads out of it, now or when more is unpacked there, is left out.
    ///
    /// - Parameters:
    ///   - file: The archive.
    ///   - folder: Where to; it exists.
    ///   - limit: The most that its files may have, in bytes.
    ///   - entries: The most files, folders and links, also folders that are only in their paths.
    ///   - timeLimit: For all of it.
    /// - Throws: ``BadArchive`` if it holds a device, a path that no file here has, more than it may,
    ///   or something else where the folder has a folder; then nothing is unpacked.
    static func unpack(
        _ file: String,
        into folder: String,
        limit: Int = sizeLimit,
        entries: Int = entryLimit,
        timeLimit: Duration = .seconds(1_800)
    ) async throws {
        let staging = "\(folder)/.unpack-\(UUID().uuidString)"
        try Files.makeDirectory(staging)
        // The script does so, too, which outlives us; but it may be killed.
        defer { try? Files.remove(staging) }  // what made this fail is told already
        let words =
            ["-euo", "pipefail", "-c", script, "unpack"]
            + [file, folder, staging, "\(limit)", "\(entries)"]
        let process = LocalProcess("bash", words, timeLimit: timeLimit, teardown: [])
        let outcome = try await process.run()
        try Task.checkCancellation()
        guard !outcome.isSuccess else { return }
        let said = outcome.errorText
        throw BadArchive(file: file, reason: said.isEmpty ? outcome.ending : said)
    }

    private static let script = #"""
        file=$1 folder=$(realpath "$2") new=$3 limit=$4 entries=$5
        umask 077
        trap 'rm -rf "$new"' EXIT
        # A single name may have gigabytes, all of which tar would keep.
        ulimit -S -v 2097152 2>/dev/null || true  # a lower limit is in force
        # One line for each entry, its kind first; tar writes a line break in a name as \n. The target of a
        # link stands behind its name and counts as a part of it.
        if ! fault=$(tar --list --verbose --numeric-owner --gzip --file "$file" 2>"$new/said" |
            LC_ALL=C awk -v limit="$limit" -v entries="$entries" '
            function refuse(what) { print "it holds " what; bad = 1; exit }
            !/^[-dlhp]/ { refuse("a device: " $0) }
            { size += $3 }
            size > limit { refuse("more than " limit " bytes") }
            {
                count += 1
                sub(/^[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ /, "")
                path = $0
                if (length(path) > 2048) refuse("a path of more than 2048 bytes")
                if (gsub("/", "/", path) > 100) refuse("a path of more than 100 folders")
                sub("/$", "", path)
                if (path in seen) count -= 1
                seen[path]
                # tar makes the folders above it as well
                while (sub("/[^/]*$", "", path) && path != "" && !(path in seen)) {
                    seen[path]
                    count += 1
                }
            }
            count > entries { refuse("more than " entries " files, folders and links") }
            END { exit bad }'); then
            if [ -n "$fault" ]; then echo "$fault"; else cat "$new/said"; fi >&2
            exit 1
        fi
        files=$new/files
        mkdir "$files"
        tar --extract --gzip --no-same-owner --no-same-permissions --file "$file" --directory "$files"
        # A link may go up at its beginning alone, through the folders that it lies in, and no further than to the
        # outermost. What it goes down through may be a link as well, now or when more is unpacked here, and
        # leads anywhere from where ".." follows it.
        stays() { # LINK TARGET
            local above=${1//[!\/]/} rest=$2/
            while true; do
                case $rest in
                    ../*)
                        [ -n "$above" ] || return 1
                        above=${above#/} rest=${rest#../}
                        ;;
                    ./*) rest=${rest#./} ;;
                    *) break ;;
                esac
            done
            case /$rest in //?* | */../*) return 1 ;; esac
        }
        find "$files" -type l -printf '%P\0%l\0' |
            while IFS= read -r -d '' link && IFS= read -r -d '' target; do
                stays "$link" "$target" || rm -- "$files/$link"
            done
        find "$files" ! -type f ! -type d ! -type l -delete
        find "$files" ! -type l -perm /7000 -exec chmod u-s,g-s,o-t {} +
        find "$files" -mindepth 1 -printf '%y%P\0' | while IFS= read -r -d '' entry; do
            name=${entry:1}
            place=$folder/$name
            [ -e "$place" ] || [ -L "$place" ] || continue
            new_kind=other old_kind=other
            [ "${entry:0:1}" != d ] || new_kind=folder
            [ ! -d "$place" ] || [ -L "$place" ] || old_kind=folder
            [ "$new_kind" = "$old_kind" ] || {
                echo "\"$name\" is a folder in one of it and $folder, and none in the other; unpack it elsewhere" >&2
                exit 1
            }
        done
        cp --recursive --no-dereference --remove-destination --preserve=timestamps "$files/." "$folder"
        """#
}

/// An archive that is not unpacked.
struct BadArchive: Error, Hashable, CustomStringConvertible {
    let file: String
    let reason: String

    var description: String {
        let lines = reason.split(separator: "\n").suffix(5).joined(separator: "; ")
        return "\(file): cannot be unpacked: \(lines)"
    }
}
