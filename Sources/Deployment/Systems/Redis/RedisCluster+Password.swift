public import DeploymentState
import Shell

/// The password: made at setup, in force on every server, known to root on servers and clients.
///
/// The configuration file names a second file that holds it, so that it is in no text that a script
/// reads or a trial keeps. The exporter gets it in its environment. Whoever may be root on a server
/// asks Redis by `sudo redis-cli`, which then means ``client``.
extension RedisCluster {
    static let passwordFile = "/etc/redis/password.conf"

    /// `/etc/prov/redis-password`.
    public var clientPasswordFile: String? { "/etc/prov/redis-password" }

    /// Reads the password from the file that Redis reads it from.
    public func readPassword() -> RemoteCall? {
        .script(
            """
            # read the password that redis was given
            [ ! -e "$1" ] || sed -n 's/^requirepass //p' "$1"
            """,
            arguments: [.plain(Self.passwordFile)]
        )
        .repeatable
    }

    /// Redis's own file, and the exporter's environment with its arguments.
    public func passwordFiles(_ password: String, for node: Node) -> [RemoteFile] {
        [
            RemoteFile(
                path: Self.passwordFile,
                text: "requirepass \(password)\nmasterauth \(password)\n",
                owner: "redis:redis",
                isSecret: true
            ),
            RemoteFile(
                path: "/etc/default/prometheus-redis-exporter",
                text: """
                    ARGS="-redis.addr redis://127.0.0.1:\(clientPort) \
                    -web.listen-address \(node.privateHost):\(exporterPort)"
                    REDIS_PASSWORD=\(password)

                    """,
                isSecret: true
            ),
        ]
    }

    /// Sets the password of a Redis that runs; its connections stay.
    ///
    /// `redis-cli -x` reads the value from standard input, so that it is in no command line.
    public func takePassword() -> RemoteCall? {
        .script(
            """
            # let a running redis take its password
            systemctl try-restart "$4"
            systemctl is-active --quiet "$3" || exit 0
            for name in masterauth requirepass; do
                sed -n "s/^$name //p" "$2" | tr -d '\\n' | redis-cli -e -p "$1" -x config set "$name" >/dev/null || {
                    echo "redis runs with another password than that in $2: systemctl restart $3" >&2
                    exit 1
                }
            done
            """,
            arguments: [
                port, .plain(Self.passwordFile), .plain(unit), .plain(exporterUnit ?? ""),
            ]
        )
    }

    /// `redis-cli` as root calls it; Debian's own is behind it in root's `PATH`.
    static let client = RemoteFile(
        path: "/usr/local/sbin/redis-cli",
        text: """
            #!/bin/sh
            # Asks the Redis of this machine with its password, which only root can read.
            password=$(sed -n 's/^requirepass //p' \(passwordFile) 2>/dev/null)
            [ -z "$password" ] || export REDISCLI_AUTH="$password"
            exec /usr/bin/redis-cli "$@"

            """,
        mode: "0755"
    )
}
