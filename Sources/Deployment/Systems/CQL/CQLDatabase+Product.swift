extension CQLDatabase {
    /// What tells Scylla from Cassandra.
    public struct Product: Sendable, Hashable {
        let name: String
        let unit: String
        /// The packages, as the vendor's repository has them.
        let packages: [String]
        /// What is left to do when they are there.
        var finishing = ""
        /// The vendor's package with cassandra-stress.
        var loadPackages: [String] = []
        let settingsFile: String
        /// The options of the JVM; `nil` without one.
        var optionsFile: String?
        let dataDirectory: String
        let directories: [String]
        var logFiles: [String] = []
        var metricsPort: Int?
        /// The settings that are this server's own address.
        let addresses: [String]
        /// Bash: defines `knows NAME`, which tells whether the installed program has an option.
        let knowing: String
        /// Bash: prints how many compactions are left; `$1` is the server's address.
        let compactions: String
        /// The statement for the version, whose answer has one column.
        let version: String
        /// The table of settings in force.
        let settingsTable: String
        /// How a server that lost its data says whose place it takes, in ``replacingFile``.
        let replacing: String
        /// Whether it names the lost server by its id, not by its address.
        let replacesByID: Bool

        var configurationFiles: [String] { [settingsFile] + [optionsFile].compactMap { $0 } }
        var replacingFile: String { optionsFile ?? settingsFile }

        /// Whether a setting belongs to the options of the JVM.
        func isOption(_ name: String) -> Bool {
            optionsFile != nil && name.hasPrefix(JVMOptions.prefix)
        }

        /// Scylla, of the vendor's packages or of its cloud image.
        public static let scylla = Product(
            name: "scylla",
            unit: "scylla-server.service",
            packages: ["scylla"],
            finishing: """
                # On the vendor's cloud image its own set-up of disks and network comes first.
                if systemctl cat scylla-image-setup.service >/dev/null 2>&1; then
                    last=$((SECONDS + 600))
                    until [ -e /etc/scylla/machine_image_configured ]; do
                        [ $SECONDS -lt $last ] || {
                            echo "the image was not configured within 600 s: see journalctl --unit scylla-image-setup" >&2
                            exit 1
                        }
                        sleep 1
                    done
                fi
                """,
            settingsFile: "/etc/scylla/scylla.yaml",
            dataDirectory: "/var/lib/scylla",
            directories: ["data", "commitlog", "hints", "view_hints"],
            metricsPort: 9180,
            addresses: ["listen_address", "rpc_address", "prometheus_address"],
            knowing: """
                options=$(timeout --kill-after 1 30 scylla --help | head --bytes 4M)
                knows() { grep -qE -- "^ *--${1//_/-}( |\\$)" <<<"$options"; }
                """,
            compactions: """
                curl --silent --show-error --fail --max-time 10 "http://$1:9180/metrics" |
                        awk '/^scylla_compaction_manager_(pending_)?compactions[{ ]/ { n++; left += $NF } END { print n ? left : "unknown" }'
                """,
            version: "SELECT JSON version FROM system.versions WHERE key = 'local'",
            settingsTable: "system.config",
            replacing: "replace_node_first_boot: ",
            replacesByID: true
        )

        /// Cassandra 4.0 or later, of the project's packages.
        public static let cassandra = Product(
            name: "cassandra",
            unit: "cassandra.service",
            packages: ["cassandra"],
            finishing: """
                # It makes them at its first start, which a restore may precede.
                for name in data commitlog hints saved_caches; do
                    install -d -o cassandra -g cassandra "/var/lib/cassandra/$name"
                done
                """,
            loadPackages: ["cassandra-tools"],
            settingsFile: "/etc/cassandra/cassandra.yaml",
            optionsFile: "/etc/cassandra/jvm-server.options",
            dataDirectory: "/var/lib/cassandra",
            directories: ["data", "commitlog", "hints", "saved_caches"],
            logFiles: ["/var/log/cassandra/system.log"],
            addresses: ["listen_address", "rpc_address"],
            // The names of its options are those of the fields of a class, which the class file has by length.
            knowing: """
                knows() {
                    python3 - "$1" /usr/share/cassandra/apache-cassandra-*.jar <<'END'
                import sys, zipfile
                name = sys.argv[1].encode()
                fields = zipfile.ZipFile(sys.argv[2]).read("org/apache/cassandra/config/Config.class")
                sys.exit(0 if b"\\1" + len(name).to_bytes(2, "big") + name in fields else 1)
                END
                }
                """,
            compactions: "nodetool compactionstats | sed -n 's/^pending tasks: //p'",
            version: "SELECT JSON release_version FROM system.local",
            settingsTable: "system_views.settings",
            replacing: "-Dcassandra.replace_address_first_boot=",
            replacesByID: false
        )
    }
}

/// The lines of a `jvm-server.options`, in which system properties of Cassandra are set.
struct JVMOptions: Sendable, Hashable {
    /// How the names begin that are properties here.
    static let prefix = "cassandra."

    private var lines: [String]

    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
    }

    /// The whole text, ending in a line feed.
    var text: String { lines.map { $0 + "\n" }.joined() }

    /// All properties by name, without the one that ``CQLDatabase`` writes before a start.
    var settings: [String: String] {
        lines.reduce(into: [:]) { settings, line in
            guard let (name, value) = Self.parts(line), name != Self.replacing else { return }
            settings[name] = value
        }
    }

    private static let replacing = "cassandra.replace_address_first_boot"

    /// Sets those of a user's settings that are properties; an empty value removes one.
    ///
    /// - Throws: ``DatabaseError`` for what a line cannot hold, or the deployment sets.
    mutating func set(_ settings: [String: String]) throws(DatabaseError) {
        for (name, value) in settings.sorted(by: { $0.key < $1.key })
        where name.hasPrefix(Self.prefix) {
            guard !name.hasPrefix("cassandra.replace_") else {
                throw .reservedSetting(name, reason: "the deployment sets it")
            }
            guard
                name.allSatisfy({
                    $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0))
                }), !value.contains(where: \.isWhitespace)
            else { throw .badSetting("\(name)=\(value)") }
            let matches = lines.indices.filter { Self.parts(lines[$0])?.name == name }
            let line = "-D\(name)=\(value)"
            if value.isEmpty {
                lines = lines.indices.filter { !matches.contains($0) }.map { lines[$0] }
            } else if let last = matches.last {
                lines[last] = line
            } else {
                lines.append(line)
            }
        }
    }

    private static func parts(_ line: String) -> (name: String, value: String)? {
        guard line.hasPrefix("-D\(prefix)"), let equals = line.firstIndex(of: "=") else {
            return nil
        }
        return (
            String(line[..<equals].dropFirst(2)), String(line[line.index(after: equals)...])
        )
    }
}
