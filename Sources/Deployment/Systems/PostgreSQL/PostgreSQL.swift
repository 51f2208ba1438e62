import DeploymentState
import Shell

/// PostgreSQL of Debian 12: the first server is the primary, the others are its streaming replicas.
///
/// Nobody is promoted: the primary that lost its data gets it back from a dataset. Replicas keep what
/// they miss in a slot of the primary's.
struct PostgreSQL: Database {
    let name = "postgresql"
    let unit = "postgresql@15-main.service"
    let exporterUnit: String? = "prometheus-postgres-exporter.service"
    let exporterPort = 9187
    let clientPort = 5432
    let dataDirectories = [PostgreSQL.data]
    let configurationFiles = [PostgreSQL.settingsFile]
    let logFiles = ["/var/log/postgresql/postgresql-15-main.log"]
    let loadProgram: (any LoadProgram)? = Pgbench()
    let isReplicated = true
    let emptying = "sudo -u postgres pgbench --initialize --init-steps d"
    let executable: String? = PostgreSQL.programs + "/postgres"
    /// The primary copies itself for all at once.
    let joining = FanOutOrder.parallel
    let secretSettings: Set<String> = ["ssl_passphrase_command"]

    static let programs = "/usr/lib/postgresql/15/bin"
    static let folder = "/etc/postgresql/15/main"
    static let data = "/var/lib/postgresql/15/main"
    /// Ours alone, behind all that the package's `postgresql.conf` says.
    static let settingsFile = folder + "/conf.d/prov.conf"

    private static let reserved: Set<String> = [
        "archive_cleanup_command", "config_file", "data_directory", "external_pid_file", "hba_file",
        "ident_file", "listen_addresses", "max_replication_slots", "max_wal_senders", "port",
        "primary_conninfo", "primary_slot_name", "recovery_target_timeline", "restore_command",
        "ssl", "unix_socket_directories", "wal_retrieve_retry_interval",
    ]

    /// The packages make a cluster, whose configuration stays; its data go when ours are made.
    func install() -> RemoteCall {
        .installPackages(
            ["postgresql-15", "prometheus-postgres-exporter"],
            finishing: """
                [ -e \(Self.folder)/postgresql.conf ] || pg_createcluster 15 main >/dev/null
                [ -e \(Self.settingsFile) ] || install -o postgres -g postgres -m 644 /dev/null \(Self.settingsFile)
                """
        )
    }

    /// The addresses, the way to the primary, and what the user tweaks.
    func configuration(
        _ file: String,
        from current: String,
        for node: Node,
        in servers: [Node],
        settings: [String: String]
    ) throws -> String {
        var file = PostgreSQLConfiguration(current)
        file["listen_addresses"] = "127.0.0.1,\(node.privateHost)"
        file["port"] = "\(clientPort)"
        // Encryption costs processor time of the system under measurement.
        file["ssl"] = "off"
        // A replica has two connections while it copies the primary.
        let places = "\(max(10, 2 * servers.count))"
        file["max_wal_senders"] = places
        file["max_replication_slots"] = places
        file["wal_retrieve_retry_interval"] = "200ms"
        let primary = servers.first.flatMap { $0 == node ? nil : $0 }
        file["primary_conninfo"] = primary.map { primary in
            "host=\(primary.privateHost) port=\(clientPort) user=postgres sslmode=disable "
                + "passfile=\(Self.passwordFile) application_name=\(node.name)"
        }
        file["primary_slot_name"] = primary.map { _ in Self.slot(of: node) }
        try file.set(settings, unless: Self.reserved)
        return file.text
    }

    /// A replica's slot, whose name has no hyphen.
    static func slot(of node: Node) -> String { node.name.replacing("-", with: "_") }

    /// Without what tells a replica from the primary.
    func settings(in text: String, of file: String) -> [String: String] {
        PostgreSQLConfiguration(text).settings.filter { !$0.key.hasPrefix("primary_") }
    }

    /// Has PostgreSQL read all settings, which it does without a start and as root, too.
    func check(_ texts: [String: String], with executable: String) -> RemoteCall? {
        .root(
            [
                "bash", "-euo", "pipefail", "-c", .plain(Self.trial), "bash", .plain(Self.folder),
                .plain(executable),
            ],
            input: texts.values.joined()
        )
        .named("try the postgresql configuration")
    }

    /// Reads the package's file, and ours behind it instead of the one that is in use.
    private static let trial = """
        \(Tryout.frame)
        cat >prov.conf
        grep -v '^include_dir' "$1/postgresql.conf" >postgresql.conf
        echo "include 'prov.conf'" >>postgresql.conf
        said() { [ -e status ]; }
        try() { "$@" && echo 0 >status; }
        begin try "$2" -C port -c config_file="$folder/postgresql.conf"
        await said
        """

    /// Who may connect: with the password from anywhere, since only the private address is listened on.
    func files(for node: Node, in servers: [Node]) -> [RemoteFile] {
        [
            RemoteFile(
                path: Self.folder + "/pg_hba.conf",
                text: """
                    local all postgres peer
                    host all postgres all scram-sha-256
                    host replication postgres all scram-sha-256

                    """,
                owner: "postgres:postgres",
                mode: "0640"
            )
        ]
    }

    func isMember(_ node: Node) -> RemoteCall? {
        .root(["test", "-e", .plain(Self.data + "/prov")])
    }

    func isUp(_ node: Node) -> RemoteCall {
        RemoteCall(
            [
                .plain(Self.programs + "/pg_isready"), "--quiet", "--host",
                .plain(node.privateHost), "--port", .plain("\(clientPort)"),
            ],
            timeLimit: .seconds(20)
        )
    }

    /// The primary sees every replica stream; a replica streams.
    func isServing(_ node: Node, in servers: [Node]) -> RemoteCall {
        .script(
            """
            # postgresql serves
            \(Self.ask)
            if [ "$1" = primary ]; then
                found=$(ask "SELECT count(*) FILTER (WHERE state = 'streaming') || ' ' || pg_is_in_recovery() FROM pg_stat_replication")
                wanted="$2 false"
            else
                found=$(ask 'SELECT status FROM pg_stat_wal_receiver')
                wanted=streaming
            fi
            [ "$found" = "$wanted" ] || { echo "waiting for \\"$wanted\\", found \\"$found\\"" >&2; exit 1; }
            """,
            arguments: [
                node == servers.first ? "primary" : "replica", .plain("\(servers.count - 1)"),
            ]
        )
    }

    /// Neither vacuums nor writes a checkpoint; a replica has replayed what its primary wrote.
    func isQuiet(_ node: Node) -> RemoteCall {
        .script(
            """
            # postgresql does nothing in the background
            \(Self.ask)
            \(Self.catchUp)
            busy=$(ask "SELECT string_agg(backend_type, ', ') FROM pg_stat_activity
                WHERE backend_type = 'autovacuum worker'
                OR backend_type = 'checkpointer' AND wait_event IS DISTINCT FROM 'CheckpointerMain'")
            [ -z "$busy" ] || { echo "waiting for $busy" >&2; exit 1; }
            """
        )
    }

    /// Writes a checkpoint, so that a start has little to recover.
    func flush(_ node: Node) -> RemoteCall {
        .script(
            """
            # write all data of postgresql to disk
            \(Self.ask)
            \(Self.catchUp)
            ask CHECKPOINT
            """,
            timeLimit: .seconds(3_600)
        )
    }

    /// The number of accounts, as pgbench calls its rows.
    func census(_ node: Node) -> RemoteCall? {
        .script(
            """
            # count the accounts of postgresql
            \(Self.ask)
            \(Self.catchUp)
            if [ "$(ask "SELECT to_regclass('pgbench_accounts') IS NULL")" = t ]; then echo 0
            else ask 'SELECT count(*) FROM pgbench_accounts'; fi
            """,
            timeLimit: .seconds(3_600)
        )
        .repeatable
    }

    /// The sum of all balances, a mark of which account has which, and the length of the history.
    func fingerprint(_ node: Node) -> RemoteCall? {
        .script(
            """
            # tell the accounts of postgresql from others
            \(Self.ask)
            \(Self.catchUp)
            ask "SELECT 'balance', sum(abalance), 'mark', bit_xor(hashint8((aid::int8 << 32) + abalance)) FROM pgbench_accounts"
            ask "SELECT 'history', count(*) FROM pgbench_history"
            """,
            timeLimit: .seconds(3_600)
        )
        .repeatable
    }

    /// Calls PostgreSQL on this server as its own user, who needs no password.
    static let ask = """
        PATH=\(programs):$PATH
        cd /
        ask() { timeout "${limit:-3600}" runuser -u postgres -- psql -qAtX -F ' ' -v ON_ERROR_STOP=1 -d "${2:-}" -c "$1"; }
        """

    /// Lets a replica first replay all that its primary has on disk by now.
    static let catchUp = """
        if [ "$(ask 'SELECT pg_is_in_recovery()')" = t ]; then
            end=$(ask 'SELECT pg_current_wal_flush_lsn()' "$(ask 'SHOW primary_conninfo') dbname=postgres")
            until [ "$(ask "SELECT pg_last_wal_replay_lsn() >= '$end'")" = t ]; do sleep 0.05; done
        fi
        """
}
