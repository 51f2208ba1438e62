public import DeploymentState
import Shell

/// Redis Cluster on the servers: each is a master with an equal share of the 16,384 hash slots.
///
/// No replicas and no saving behind the measurement's back: data is written only by ``flush(_:)``,
/// so what was not flushed is gone after a stop. Scripts restore a dataset before each run.
public struct RedisCluster: Database {
    /// `redis`.
    public let name = "redis"
    /// Debian's unit.
    public let unit = "redis-server.service"
    /// Debian's `prometheus-redis-exporter`.
    public let exporterUnit: String? = "prometheus-redis-exporter.service"
    /// The exporter's default.
    public let exporterPort = 9121
    /// Redis's default.
    public let clientPort = 6379
    /// Debian's data directory; it holds the keys (`dump.rdb`) and the slots (`nodes.conf`).
    public let dataDirectories = ["/var/lib/redis"]
    /// Beside the data, on the same file system.
    public let datasetDirectory = "/var/lib/prov/datasets"
    /// Debian's configuration file.
    public let configurationFiles = ["/etc/redis/redis.conf"]
    /// Debian's link to it.
    public let executable: String? = "/usr/bin/redis-server"
    /// The same program, which goes by the name that it is called by; Debian's package has it so.
    public let otherExecutableNames = ["redis-check-rdb"]
    /// Redis servers need not wait for each other.
    public let joining = FanOutOrder.parallel
    /// A cluster, or nothing.
    public let loadProgram: (any LoadProgram)? = BenchLoad(["--cluster"])
    /// With the password that root has.
    public let emptying = "sudo redis-cli flushall"

    private static let reserved = [
        "aclfile", "bind", "cluster-config-file", "cluster-enabled", "daemonize", "dbfilename",
        "dir", "include", "masterauth", "masteruser", "pidfile", "port",
        "protected-mode", "requirepass", "save", "supervised", "user",
    ]

    /// Makes the description; it has no choices.
    public init() {}

    /// Installs Debian's packages where they are missing, with their services stopped.
    public func install() -> RemoteCall {
        .installPackages(["redis-server", "redis-tools", "prometheus-redis-exporter"])
    }

    /// Keeps Debian's file and sets what a cluster node needs, then the user's settings.
    public func configuration(
        _ file: String,
        from current: String,
        for node: Node,
        in servers: [Node],
        settings: [String: String]
    ) throws -> String {
        var file = RedisConfiguration(current)
        for (name, value) in [
            ("bind", "127.0.0.1 \(node.privateIP)"),
            // Without a password Redis then answers nobody but this machine.
            ("protected-mode", "yes"),
            ("port", "\(clientPort)"),
            ("dir", "/var/lib/redis"),
            ("cluster-enabled", "yes"),
            ("cluster-config-file", "nodes.conf"),
            ("save", "\"\""),
            ("include", Self.passwordFile),
        ] {
            file.set(name, to: value)
        }
        // Redis writes them here itself when somebody has it rewrite its configuration.
        for name in ["requirepass", "masterauth"] { file.set(name, to: nil) }
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            if Self.reserved.contains(name.lowercased()) {
                throw DatabaseError.reservedSetting(name, reason: "the deployment sets it")
            }
            guard !name.isEmpty, !(name + value).contains(where: \.isNewline),
                !name.contains(where: \.isWhitespace)
            else { throw DatabaseError.badSetting("\(name)=\(value)") }
            file.set(name, to: value.isEmpty ? nil : value)
        }
        return file.text
    }

    /// Starts Redis with the file for a moment, without a port and in a folder of its own.
    public func check(_ texts: [String: String], with executable: String) -> RemoteCall? {
        .root(
            [
                "bash", "-euo", "pipefail", "-c", .plain(Self.trial), "bash",
                .plain(Self.passwordFile), .plain(executable),
            ],
            input: texts[configurationFiles[0]] ?? ""
        )
        .named("try the redis configuration")
    }

    /// Reads a configuration; fails with Redis's own words about what it does not take.
    ///
    /// What stands behind the file's name wins over the file, and leaves the real server alone.
    private static let trial = """
        \(Tryout.frame)
        # Redis makes the log file while it reads; made by root, the server could not write to it.
        sed '/^[[:space:]]*logfile[[:space:]]/Id' >conf
        if grep -qxF "include $1" conf && [ ! -e "$1" ]; then
            echo "there is no $1 yet: run \\"swift run setup\\" again, which gives redis a password" >&2
            exit 1
        fi
        begin "$2" "$folder/conf" --port 0 --unixsocket "$folder/socket" --dir "$folder" --daemonize no \\
            --supervised no --cluster-enabled no --pidfile "$folder/pid" --requirepass '' --logfile ''
        answers() { [ "$(timeout 5 redis-cli -s socket ping 2>/dev/null)" = PONG ]; }
        await answers
        """

    /// Every directive of the file.
    public func settings(in text: String, of file: String) -> [String: String] {
        RedisConfiguration(text).settings
    }

    /// What root calls as `redis-cli`.
    public func files(for node: Node, in servers: [Node]) -> [RemoteFile] { [Self.client] }

    /// Answers PING, and has loaded its data.
    public func isUp(_ node: Node) -> RemoteCall {
        .script(
            """
            # redis answers
            [ "$(redis-cli -p "$1" ping)" = PONG ]
            """,
            arguments: [port],
            timeLimit: .seconds(10)
        )
    }

    /// Reports all slots served and as many masters as there are servers.
    public func isServing(_ node: Node, in servers: [Node]) -> RemoteCall {
        .script(
            """
            # redis cluster serves
            info=$(redis-cli -p "$1" cluster info | tr -d '\\r')
            for line in cluster_state:ok cluster_slots_ok:16384 "cluster_known_nodes:$2" "cluster_size:$2"; do
                grep -qx "$line" <<<"$info" || { echo "waiting for $line in:" "$info" >&2; exit 1; }
            done
            """,
            arguments: [port, .plain("\(servers.count)")],
            timeLimit: .seconds(10)
        )
    }

    /// Neither saves nor rewrites its log.
    public func isQuiet(_ node: Node) -> RemoteCall {
        .script(
            """
            # redis does nothing in the background
            info=$(redis-cli -p "$1" info persistence | tr -d '\\r')
            for line in loading:0 rdb_bgsave_in_progress:0 aof_rewrite_in_progress:0; do
                grep -qx "$line" <<<"$info" || { echo "waiting for $line" >&2; exit 1; }
            done
            """,
            arguments: [port],
            timeLimit: .seconds(10)
        )
    }

    /// Saves all keys to `dump.rdb`.
    public func flush(_ node: Node) -> RemoteCall {
        .root(["redis-cli", "-e", "-p", port, "save"], timeLimit: .seconds(3_600))
    }

    /// Makes the append-only files out of the restored `dump.rdb`.
    ///
    /// With `appendonly yes` Redis 7 reads only these, and would start empty without them. The
    /// manifest's form is that of Redis 7's `aof.c`; earlier versions have no such directory.
    public func afterRestore(_ node: Node) -> RemoteCall? {
        .script(
            """
            # make the append-only files of a restored redis
            cd /var/lib/redis
            rm -rf appendonlydir
            mkdir appendonlydir
            cp --reflink=auto dump.rdb appendonlydir/appendonly.aof.1.base.rdb
            echo 'file appendonly.aof.1.base.rdb seq 1 type b' >appendonlydir/appendonly.aof.manifest
            chown -R redis:redis appendonlydir
            """,
            timeLimit: .seconds(600)
        )
    }

    /// The number of keys.
    public func census(_ node: Node) -> RemoteCall? {
        .root(["redis-cli", "-e", "-p", port, "dbsize"])
    }

    var port: Command.Word { .plain("\(clientPort)") }
}
