import DeploymentState
import Shell

/// How the primary begins and replicas copy it, the password, and what a server says of itself.
extension PostgreSQL {
    /// In the form that PostgreSQL's own programs read; the server's user alone can.
    static let passwordFile = folder + "/pgpass"

    /// `/etc/prov/postgresql-password`.
    var clientPasswordFile: String? { "/etc/prov/postgresql-password" }

    func readPassword() -> RemoteCall? {
        .script(
            """
            # read the password that postgresql was given
            [ ! -e "$1" ] || sed 's/^.*://' "$1"
            """,
            arguments: [.plain(Self.passwordFile)]
        )
        .repeatable
    }

    func passwordFiles(_ password: String, for node: Node) -> [RemoteFile] {
        [
            RemoteFile(
                path: Self.passwordFile,
                text: "*:*:*:postgres:\(password)\n",
                owner: "postgres:postgres",
                isSecret: true
            ),
            RemoteFile(
                path: "/etc/default/prometheus-postgres-exporter",
                text: """
                    ARGS="--web.listen-address=\(node.privateHost):\(exporterPort)"
                    DATA_SOURCE_NAME="postgresql://postgres:\(password)@127.0.0.1:\(clientPort)/postgres?sslmode=disable"

                    """,
                isSecret: true
            ),
        ]
    }

    /// Has the primary take it, from which replicas have it.
    ///
    /// It goes over standard input, so that it is in no command line.
    func takePassword() -> RemoteCall? {
        .script(
            """
            # let a running postgresql take its password
            \(Self.ask)
            systemctl try-restart "$3"
            systemctl is-active --quiet "$2" || exit 0
            [ "$(ask 'SELECT pg_is_in_recovery()')" = f ] || exit 0
            sed "s/^.*:\\\\(.*\\\\)/ALTER ROLE postgres PASSWORD '\\\\1'/" "$1" | runuser -u postgres -- psql -qX -v ON_ERROR_STOP=1
            """,
            arguments: [.plain(Self.passwordFile), .plain(unit), .plain(exporterUnit ?? "")]
        )
    }

    /// Makes the data of the primary, or copies them from it, beside their place: they are there whole or
    /// not at all.
    func beforeStart(_ node: Node, through up: [Node]) -> RemoteCall? {
        .script(
            """
            # begin a primary of postgresql, or copy it
            \(Self.ask)
            data=$1 settings=$2 password=$3 up=$4
            as() { runuser -u postgres -- "$@"; }
            value() { sed -n "s/^$1 = '\\\\(.*\\\\)'\\$/\\\\1/p" "$settings"; }
            rm -rf "$data.new"
            primary=$(value primary_conninfo)
            if [ -n "$primary" ]; then
                slot=$(value primary_slot_name)
                ask "SELECT pg_create_physical_replication_slot('$slot')
                    WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '$slot')" "$primary dbname=postgres"
                as pg_basebackup --dbname "$primary" --pgdata "$data.new" --slot "$slot" --wal-method stream --checkpoint fast
                as touch "$data.new/standby.signal"
            else
                if [ -n "$up" ]; then
                    echo "the primary lost its data, and $up still have theirs: restore a dataset, or have them lose theirs too (rm $data/prov)" >&2
                    exit 1
                fi
                as bash -c 'initdb --pgdata "$1.new" --username postgres --pwfile <(sed "s/^.*://" "$2") --auth-local peer \\
                    --auth-host scram-sha-256 --locale C.UTF-8 --encoding UTF8 >/dev/null' bash "$data" "$password"
                # Those that count lie with the packages' own.
                rm "$data.new"/{postgresql,pg_hba,pg_ident}.conf
                as touch "$data.new/prov"
            fi
            rm -rf "$data"
            mv -T "$data.new" "$data"
            """,
            arguments: [
                .plain(Self.data), .plain(Self.settingsFile), .plain(Self.passwordFile),
                .plain(up.map(\.name).joined(separator: ", ")),
            ],
            timeLimit: .seconds(7_200)
        )
    }

    /// Prints whether the password is the one that others have, then the slots of replicas.
    func standing(_ node: Node) -> RemoteCall? {
        .script(
            """
            # ask postgresql for its password and its replicas
            \(Self.ask)
            ask 'SELECT 1' "host=127.0.0.1 port=$1 user=postgres passfile=$2 sslmode=disable dbname=postgres" >/dev/null 2>&1 &&
                echo known || echo unknown
            ask 'SELECT slot_name FROM pg_replication_slots ORDER BY 1'
            """,
            arguments: [.plain("\(clientPort)"), .plain(Self.passwordFile)]
        )
        .repeatable
    }

    /// Has the primary take the password that a restored dataset did not know, and drop the slots of
    /// servers that there are no more, which would have it keep its log for ever.
    func join(_ servers: [Node], standing answers: [Node: String]) throws -> JoinStep? {
        guard let primary = servers.first, let answer = answers[primary] else { return nil }
        let lines = answer.split(separator: "\n").map(String.init)
        guard let password = lines.first, ["known", "unknown"].contains(password) else {
            throw DatabaseError.unreadable(name, String(answer.prefix(200)))
        }
        var calls = password == "known" ? [] : [takePassword()].compactMap { $0 }
        let wanted = Set(servers.dropFirst().map(Self.slot))
        let surplus = lines.dropFirst().filter { !wanted.contains($0) }
        if !surplus.isEmpty {
            calls.append(
                .script(
                    """
                    # drop the slots of replicas that are gone
                    \(Self.ask)
                    for slot; do ask "SELECT pg_drop_replication_slot('$slot')" >/dev/null; done
                    """,
                    arguments: surplus.map(Command.Word.plain)
                )
            )
        }
        return calls.isEmpty ? nil : JoinStep(calls: [primary: calls])
    }

    /// Prints its version, a line `--`, all settings, a line `--`, and the slots that no replica uses.
    func inForce(_ node: Node) -> RemoteCall {
        .script(
            """
            # ask postgresql what is in force
            \(Self.ask)
            limit=8
            ask 'SHOW server_version'
            echo --
            ask "SELECT name || '=' || translate(current_setting(name), E'\\\\n\\\\r', '  ') FROM pg_settings ORDER BY name"
            echo --
            ask 'SELECT slot_name FROM pg_replication_slots WHERE NOT active ORDER BY 1'
            """,
            timeLimit: .seconds(20)
        )
        .repeatable
    }

    func inForce(from answer: String) throws -> InForce {
        let parts = answer.split(separator: "--\n", omittingEmptySubsequences: false)
        let lines = parts.count > 1 ? parts[1].split(separator: "\n") : []
        guard parts.count == 3, let version = parts[0].split(separator: "\n").first, !lines.isEmpty
        else { throw DatabaseError.unreadable(name, String(answer.prefix(200))) }
        var settings: [String: String] = [:]
        for line in lines {
            let words = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if words.count == 2 { settings[String(words[0])] = String(words[1]) }
        }
        return InForce(
            version: String(version),
            settings: settings,
            faults: parts[2].split(separator: "\n").map { "replica \"\($0)\" does not stream" }
        )
    }
}
