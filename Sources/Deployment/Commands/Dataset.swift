import Shell

/// What a dataset holds, which the load on it must know.
public struct DatasetContent: Sendable, Hashable, Codable {
    /// How many different keys, counted from 0, over all servers.
    public var keyCount: Int
    /// Bytes in each value.
    public var valueBytes: Int

    /// Makes the description of a dataset's content.
    public init(keyCount: Int, valueBytes: Int) {
        self.keyCount = keyCount
        self.valueBytes = valueBytes
    }
}

/// A named snapshot of the servers' data, and the calls that take it and bring it back.
///
/// On each server it is a directory with one copy of each data directory (`0`, `1` …) and a file
/// `about` of `KEY=VALUE` lines. Copies share blocks with the data where the file system can.
struct Dataset: Sendable, Hashable {
    /// What a running server holds, as far as its database can tell cheaply.
    struct Holdings: Sendable, Hashable {
        /// How many rows or keys.
        var keys: Int?
        /// One line that is another one for any other data.
        var fingerprint: String?
    }

    /// What was written beside the data when the snapshot was taken.
    struct About: Sendable, Hashable {
        /// How many servers the cluster had.
        var servers: Int
        /// The database's name.
        var database: String
        /// How many rows or keys this server held; `nil` if the database cannot tell.
        var census: Int?
        /// What tells this server's data from any other; `nil` if the database cannot.
        var fingerprint: String?
        /// What the whole cluster was populated with.
        var content: DatasetContent
        /// When it was taken, in seconds since 1970; `nil` before that.
        var taken: Int?

        init(
            servers: Int,
            database: String,
            census: Int?,
            fingerprint: String? = nil,
            content: DatasetContent
        ) {
            self.servers = servers
            self.database = database
            self.census = census
            self.fingerprint = fingerprint
            self.content = content
        }

        /// Reads what ``text`` wrote; `nil` if something is missing.
        init?(_ text: String) {
            var fields: [Substring: Substring] = [:]
            for line in text.split(separator: "\n") {
                let parts = line.split(separator: "=", maxSplits: 1)
                if parts.count == 2 { fields[parts[0]] = parts[1] }
            }
            func number(_ name: Substring) -> Int? { fields[name].flatMap { NodeNumber.whole($0) } }
            guard let servers = number("servers"), let database = fields["database"],
                let keyCount = number("key_count"), let valueBytes = number("value_bytes")
            else { return nil }
            self.init(
                servers: servers,
                database: String(database),
                census: number("census"),
                fingerprint: fields["fingerprint"].map(String.init),
                content: DatasetContent(keyCount: keyCount, valueBytes: valueBytes)
            )
            taken = number("taken")
        }

        /// Fails if a server that started from this dataset holds anything else.
        func check(_ found: Holdings, dataset name: String, node: String) throws(DatasetError) {
            if let keys = found.keys, let census, keys != census {
                throw .incomplete(name: name, node: node, expected: census, found: keys)
            }
            if let mark = found.fingerprint, let fingerprint, mark != fingerprint {
                throw .altered(name: name, node: node, expected: fingerprint, found: mark)
            }
        }

        var text: String {
            var lines = ["servers=\(servers)", "database=\(database)"]
            lines += ["key_count=\(content.keyCount)", "value_bytes=\(content.valueBytes)"]
            lines += census.map { ["census=\($0)"] } ?? []
            lines += fingerprint.map { ["fingerprint=\($0)"] } ?? []
            return lines.map { $0 + "\n" }.joined()
        }
    }

    let name: String
    let database: any Database

    static func == (a: Dataset, b: Dataset) -> Bool {
        a.name == b.name && a.database.name == b.database.name
    }

    func hash(into hasher: inout Hasher) { hasher.combine(name) }

    private var path: String { "\(database.datasetDirectory)/\(name)" }
    private var directories: [Command.Word] { database.dataDirectories.map(Command.Word.plain) }

    /// Prints the names of all datasets, then a line `--`, then what this one's `about` says.
    var inspect: RemoteCall {
        .script(
            """
            # inspect a dataset
            mkdir -p "$(dirname "$1")"
            # A kill between the two renames of a replacement leaves the dataset under its old name.
            [ -e "$1" ] || [ ! -e "$1.old" ] || mv -T "$1.old" "$1"
            ls --ignore='*.new' --ignore='*.old' "$(dirname "$1")"
            echo --
            cat "$1/about" 2>/dev/null || exit 0
            stat --format taken=%Y "$1/about"
            """,
            arguments: [.plain(path)]
        )
    }

    /// Copies the data of a stopped server; a dataset of the same name is replaced at the very end.
    func take(_ about: About) -> RemoteCall {
        .script(
            """
            # take a dataset
            path=$1 about=$2; shift 2
            rm -rf "$path.new"
            mkdir -p "$path.new"
            number=0
            for directory; do
                cp --archive --reflink=auto "$directory" "$path.new/$number"
                number=$((number + 1))
            done
            printf '%s' "$about" >"$path.new/about"
            sync --file-system "$path.new"
            rm -rf "$path.old"
            [ ! -e "$path" ] || mv -T "$path" "$path.old"
            mv -T "$path.new" "$path"
            rm -rf "$path.old"
            """,
            arguments: [.plain(path), .plain(about.text)] + directories,
            timeLimit: .seconds(7_200)
        )
    }

    /// Deletes all data of a stopped server; datasets stay.
    static func delete(_ directories: [String]) -> RemoteCall {
        .script(
            """
            # delete all data
            for directory; do find "$directory" -mindepth 1 -delete; done
            """,
            arguments: directories.map(Command.Word.plain),
            timeLimit: .seconds(3_600)
        )
    }

    /// Replaces the data of a stopped server by the dataset's copy.
    var restore: RemoteCall {
        .script(
            """
            # restore a dataset
            path=$1; shift
            number=0
            for directory; do
                find "$directory" -mindepth 1 -delete
                cp --archive --reflink=auto "$path/$number/." "$directory"
                number=$((number + 1))
            done
            sync
            """,
            arguments: [.plain(path)] + directories,
            timeLimit: .seconds(7_200)
        )
    }
}
