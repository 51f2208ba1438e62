public import DeploymentState
import Shell
import YAML

/// Scylla or Cassandra on the servers: each holds its share of the rows, with as many copies as the
/// keyspace says.
///
/// The first server is the seed: it begins the ring, and the others bootstrap through those that are up. A
/// server that lost its data takes its own place again. Their own stop drains them.
public struct CQLDatabase: Database {
    /// `scylla` or `cassandra`.
    public var name: String { product.name }
    /// The vendor's unit, or the one that systemd makes of the vendor's init script.
    public var unit: String { product.unit }
    /// Scylla serves its metrics itself; Cassandra has none without an agent of the user's.
    public var exportsMetrics: Bool { product.metricsPort != nil }
    /// 9180 with Scylla.
    public var exporterPort: Int { product.metricsPort ?? clientPort }
    /// CQL's port.
    public let clientPort = 9042
    /// What a dataset must bring back: rows, commit log, hints, and who the server is in its ring.
    public var dataDirectories: [String] {
        product.directories.map { "\(product.dataDirectory)/\($0)" }
    }
    /// Beside the data, which on clouds have a file system of their own.
    public var datasetDirectory: String { product.dataDirectory + "/prov-datasets" }
    /// The vendor's files.
    public var configurationFiles: [String] { product.configurationFiles }
    /// Where it says why it did not start.
    public var logFiles: [String] { product.logFiles }
    /// One by one unless ``init(_:joining:)`` says otherwise.
    public let joining: FanOutOrder
    /// A server that joins first copies its share of the rows.
    public let startLimit = Duration.seconds(7 * 3_600)
    /// Every server counts the rows of all.
    public let isReplicated = true
    /// cassandra-stress's keyspace goes.
    public let emptying = #"cqlsh "$(hostname)" -e 'DROP KEYSPACE keyspace1'"#
    /// cassandra-stress.
    public var loadProgram: (any LoadProgram)? { CassandraStress(packages: product.loadPackages) }
    /// Those of keys for encrypted connections.
    public var secretSettings: Set<String> {
        Set(
            ["client_encryption_options", "server_encryption_options"].flatMap {
                ["\($0).keystore_password", "\($0).truststore_password"]
            }
        )
    }

    let product: Product

    /// Makes the description.
    ///
    /// - Parameters:
    ///   - product: Scylla or Cassandra.
    ///   - joining: In which order servers behind the first start. Cassandra refuses one that joins while
    ///     another does, unless it is told to take it.
    public init(_ product: Product, joining: FanOutOrder = .sequence) {
        self.product = product
        self.joining = joining
    }

    /// Waits for a cloud image's own set-up, or installs the packages that are missing.
    public func install() -> RemoteCall {
        .installPackages(product.packages, finishing: product.finishing)
    }

    /// Sets addresses and the seed, then the user's settings: a name of the file, or a path such as
    /// `client_encryption_options.enabled`.
    ///
    /// With Cassandra `cassandra.NAME` is the system property of that name, among the options of its JVM.
    public func configuration(
        _ file: String,
        from current: String,
        for node: Node,
        in servers: [Node],
        settings: [String: String]
    ) throws -> String {
        guard file == product.settingsFile else {
            var options = JVMOptions(current)
            try options.set(settings)
            return options.text
        }
        var text = YAMLText(current, file: file)
        let seeds = servers.first?.privateIP ?? node.privateIP
        for path in try Self.seeds(in: text) { try text.set(path, to: seeds) }
        for name in product.addresses { try text.set([name], to: node.privateIP) }
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            guard !product.isOption(name) else { continue }
            let path = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            if Self.reserved.contains(path[0]) {
                throw DatabaseError.reservedSetting(name, reason: "the deployment sets it")
            }
            guard path.allSatisfy(Self.isName), !value.contains(where: \.isNewline) else {
                throw DatabaseError.badSetting("\(name)=\(value)")
            }
            let control = value.unicodeScalars.first {
                $0 != "\t" && $0.properties.generalCategory == .control
            }
            if let control { throw DatabaseError.controlCharacter(control.value, of: name) }
            try text.set(path, to: value.isEmpty ? nil : value)
        }
        return text.text
    }

    private static let reserved: Set<String> = [
        "broadcast_address", "commitlog_directory", "data_file_directories", "hints_directory",
        "listen_address", "listen_interface", "native_transport_port", "prometheus_address",
        "prometheus_port", "replace_address", "replace_address_first_boot",
        "replace_node_first_boot", "rpc_address", "rpc_interface", "saved_caches_directory",
        "seed_provider", "view_hints_directory", "workdir",
    ]

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) }
    }

    /// Where the seeds stand, in a list of a provider's parameters.
    private static func seeds(in text: YAMLText) throws -> [[String]] {
        let list = ["seed_provider", "0", "parameters", "0", "seeds"]
        guard try text.node(at: list) == nil else { return [list] }
        throw DatabaseError.unreadable(text.file, "no seed_provider with the parameter seeds")
    }

    /// Every option of the files that is not one server's alone.
    public func settings(in text: String, of file: String) throws -> [String: String] {
        guard file == product.settingsFile else { return JVMOptions(text).settings }
        return try YAMLText(text, file: file).settings()
            .filter { !$0.key.hasPrefix("replace_node_first_boot") }
    }

    /// Asks the installed programs for the names of options that the package's file does not show.
    public func check(_ texts: [String: String], with executable: String) -> RemoteCall? {
        let text = YAMLText(texts[product.settingsFile] ?? "", file: product.settingsFile)
        // What cannot be read was refused before.
        let names = (try? text.root().mapping?.entries.compactMap(\.key.string)) ?? []
        return .script(
            """
            # look for options that \(name) does not know
            packaged=$1; shift
            \(product.knowing)
            unknown=
            for name; do
                grep -qE "^(#[# ]*)?$name:" "$packaged" || knows "$name" || unknown+=" \\"$name\\""
            done
            [ -z "$unknown" ] || { echo "\(name) does not know the option$unknown" >&2; exit 1; }
            """,
            arguments: [.plain(PackagedFile(product.settingsFile).copy)]
                + names.sorted().map(Command.Word.plain)
        )
        .repeatable
    }

    /// Takes connections for CQL, which it does when it has joined.
    public func isUp(_ node: Node) -> RemoteCall {
        RemoteCall(
            [
                "timeout", "5", "bash", "-c", #"exec 3<>"/dev/tcp/$0/$1""#,
                .plain(node.privateIP), .plain("\(clientPort)"),
            ],
            timeLimit: .seconds(20)
        )
    }

    /// Sees all servers up and normal, and no others.
    public func isServing(_ node: Node, in servers: [Node]) -> RemoteCall {
        .script(
            """
            # all servers are up and normal
            nodetool status | awk '/^[UD?][NLJM] / { print $1, $2 }' | sort |
                diff - <(printf 'UN %s\\n' "$@" | sort) >&2
            """,
            arguments: servers.map { .plain($0.privateIP) }
        )
    }

    /// Has no compaction left, three times in a row.
    public func isQuiet(_ node: Node) -> RemoteCall {
        .script(
            """
            # no compaction is left, three times in a row
            for reading in 1 2 3; do
                [ "$reading" = 1 ] || sleep 1
                left=$(\(product.compactions))
                [ "$left" = 0 ] || { echo "waiting for $left compactions" >&2; exit 1; }
            done
            """,
            arguments: [.plain(node.privateIP)]
        )
    }

    /// Writes what is in memory to the tables' files.
    public func flush(_ node: Node) -> RemoteCall {
        RemoteCall(["nodetool", "flush"], timeLimit: .seconds(3_600))
    }

    /// Counts the rows of cassandra-stress's table, up to ten million; nobody counts more cheaply.
    public func census(_ node: Node) -> RemoteCall? {
        .script(
            """
            # count the rows of \(name)
            \(Self.ask)
            limit=3600
            tables=$(ask "SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'keyspace1'")
            grep -qw standard1 <<<"$tables" || { echo 0; exit 0; }
            estimate=$(nodetool tablestats keyspace1.standard1 | sed -n 's/.*Number of partitions (estimate): //p')
            [ "${estimate:-0}" -le 10000000 ] || exit 0
            ask 'SELECT count(*) FROM keyspace1.standard1' | sed -n 's/^ *\\([0-9][0-9]*\\) *$/\\1/p'
            """,
            arguments: [.plain(node.privateIP)],
            timeLimit: .seconds(3_660)
        )
        .repeatable
    }

    /// Asks the server, whose address is `$1`, a statement of CQL.
    static let ask = """
        address=$1
        ask() { cqlsh --request-timeout "${limit:-10}" --execute "$1" "$address" 9042 </dev/null; }
        """
}
