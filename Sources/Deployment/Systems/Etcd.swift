import DeploymentState
import Shell

/// etcd on the servers: each is a voting member that holds all keys.
struct Etcd: Database {
    let name = "etcd"
    let unit = "etcd.service"
    let clientPort = 2379
    let executable: String? = "/usr/bin/etcd"
    let dataDirectories = ["/var/lib/etcd"]
    let configurationFiles = ["/etc/default/etcd"]
    let loadProgram: (any LoadProgram)? = BenchLoad(["--protocol", "etcd"])
    let isReplicated = true
    let emptying = "etcdctl del '' --prefix --command-timeout=60s"
    /// A member joins only while all others are healthy.
    let joining = FanOutOrder.sequence

    func install() -> RemoteCall { .installPackages(["etcd-server", "etcd-client"]) }

    /// An option such as `snapshot-count` is a variable: `ETCD_SNAPSHOT_COUNT`.
    func configuration(
        _ file: String,
        from current: String,
        for node: Node,
        in servers: [Node],
        settings: [String: String]
    ) throws -> String {
        var file = EnvironmentFile(current, prefix: "ETCD_")
        file["name"] = node.name
        file["listen-client-urls"] = "http://127.0.0.1:\(clientPort),\(Self.url(node))"
        file["advertise-client-urls"] = Self.url(node)
        file["listen-peer-urls"] = Self.url(node, port: 2380)
        file["initial-advertise-peer-urls"] = Self.url(node, port: 2380)
        let reserved = ["name", "data-dir", "initial-", "listen-", "advertise-"]
        try file.set(settings) { option in reserved.contains { option.hasPrefix($0) } }
        return file.text
    }

    /// Without what the members' joining writes.
    func settings(in text: String, of file: String) -> [String: String] {
        EnvironmentFile(text, prefix: "ETCD_").settings
            .filter { !$0.key.hasPrefix("initial-cluster") }
    }

    func check(_ texts: [String: String], with executable: String) -> RemoteCall? {
        .root(
            ["bash", "-euo", "pipefail", "-c", .plain(Self.trial), "bash", .plain(executable)],
            input: texts.values.joined()
        )
        .named("try the etcd configuration")
    }

    func isMember(_ node: Node) -> RemoteCall? {
        .root(["test", "-e", "/var/lib/etcd/default/member"])
    }

    func isUp(_ node: Node) -> RemoteCall {
        RemoteCall(["etcdctl", "endpoint", "status"], timeLimit: .seconds(20))
    }

    func isServing(_ node: Node, in servers: [Node]) -> RemoteCall {
        .script(
            """
            # etcd cluster serves
            etcdctl member list | awk -F ', ' '{ print $2, $4 }' | sort |
                diff - <(printf 'started %s\\n' "$@" | sort) >&2
            etcdctl endpoint health >&2
            """,
            arguments: servers.map { .plain(Self.url($0, port: 2380)) }
        )
    }

    func isQuiet(_ node: Node) -> RemoteCall {
        .script(
            """
            # etcd has applied all that its members agreed on
            etcdctl endpoint status --write-out fields |
                awk -F ' : ' '/^"RaftIndex"/ { a = $2 } /^"RaftAppliedIndex"/ { b = $2 } END { exit !(a && a == b) }'
            """
        )
    }

    /// Each write is on disk before it is answered; this gives up the holes in the file.
    func flush(_ node: Node) -> RemoteCall {
        RemoteCall(
            ["etcdctl", "defrag", "--command-timeout", "600s"],
            timeLimit: .seconds(660)
        )
    }

    func census(_ node: Node) -> RemoteCall? {
        .script(
            """
            # count the keys of etcd
            etcdctl get '' --prefix --limit 1 --write-out fields | sed -n 's/^"Count" : //p'
            """
        )
        .repeatable
    }

    /// A hash of all keys with their revisions.
    func fingerprint(_ node: Node) -> RemoteCall? {
        .script(
            """
            # tell the keys of etcd from others
            etcdctl endpoint status --write-out fields | sed -n 's/^"Revision" : /revision /p'
            etcdctl endpoint hashkv --write-out fields | sed -n 's/^"Hash" : /hash /p'
            """
        )
        .repeatable
    }
}
