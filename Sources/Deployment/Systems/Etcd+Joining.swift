import DeploymentState
import Shell

/// How members of etcd join and leave, and what one says of itself.
extension Etcd {
    static func url(_ node: Node, port: Int = 2379) -> String {
        "http://\(node.privateHost):\(port)"
    }

    /// Has those that are up take in this member, or begins a cluster where none is.
    ///
    /// One that lost its data leaves first. A join that was cut short leaves a member that never
    /// started, which stays. For 5 s after another one joined, etcd takes in nobody.
    func beforeStart(_ node: Node, through up: [Node]) -> RemoteCall? {
        .script(
            """
            # join etcd, or begin its cluster
            name=$1 url=$2 others=$3 file=/etc/default/etcd cluster=$1=$2 state=new
            member() { etcdctl --endpoints "$others" --command-timeout 5s member "$@"; }
            if [ -n "$others" ]; then
                state=existing
                old=$(member list | awk -F ', ' -v url="$url" '$2 == "started" && $4 == url { print $1 }')
                [ -z "$old" ] || member remove "$old"
                tries=0
                until member list | grep -qF ", $url," || said=$(member add "$name" --peer-urls "$url" 2>&1); do
                    tries=$((tries + 1))
                    [ "$tries" -lt 60 ] || { echo "$said" >&2; exit 1; }
                    sleep 0.5
                done
                cluster=$(member list | awk -F ', ' '{ print $3 "=" $4 }' | sed "s|^=|$name=|" | paste -sd ,)
            fi
            sed -i '/^ETCD_INITIAL_CLUSTER/d' "$file"
            printf 'ETCD_INITIAL_CLUSTER%s\\n' "=$cluster" "_STATE=$state" >>"$file"
            """,
            arguments: [
                .plain(node.name), .plain(Self.url(node, port: 2380)),
                .plain(up.map { Self.url($0) }.joined(separator: ",")),
            ],
            timeLimit: .seconds(400)
        )
    }

    /// Prints the members.
    func standing(_ node: Node) -> RemoteCall? { RemoteCall(["etcdctl", "member", "list"]) }

    /// Has the first server dismiss members that are no servers of the deployment any more.
    func join(_ servers: [Node], standing answers: [Node: String]) -> JoinStep? {
        guard let first = servers.first, let answer = answers[first] else { return nil }
        let urls = Set(servers.map { Self.url($0, port: 2380) })
        let members = answer.split(separator: "\n")
            .map { $0.split(separator: ", ", omittingEmptySubsequences: false).map(String.init) }
        let calls = members.filter { $0.count > 3 && !urls.contains($0[3]) }
            .map { RemoteCall(["etcdctl", "member", "remove", .plain($0[0])]) }
        return calls.isEmpty ? nil : JoinStep(calls: [first: calls])
    }

    /// Tries a configuration alone, in a folder of its own, where it also listens.
    ///
    /// An option that it does not know is no more than a warning to etcd.
    static let trial = """
        \(Tryout.frame)
        mapfile -t own < <(grep ^ETCD_ | grep -Ev '^ETCD_(NAME|INITIAL|LISTEN|ADVERTISE)')
        begin env -i PROV_TRYOUT="$folder" "${own[@]}" ETCD_DATA_DIR=data ETCD_LISTEN_CLIENT_URLS=unix://client:1 \\
            ETCD_ADVERTISE_CLIENT_URLS=unix://client:1 ETCD_LISTEN_PEER_URLS=unix://peer:1 \\
            ETCD_INITIAL_ADVERTISE_PEER_URLS=unix://peer:1 \\
            ETCD_INITIAL_CLUSTER=default=unix://peer:1 "$1"
        # In the words of either of its two loggers.
        await grep -qE 'ready to serve client requests|serving client traffic' log
        ! grep 'unrecognized environment variable' log >&2
        """

    /// Prints its version, the variables that it was started with, and its alarms.
    func inForce(_ node: Node) -> RemoteCall {
        .script(
            """
            # ask etcd what is in force
            timeout 8 etcdctl endpoint status --write-out fields | grep '^"Version"'
            process=$(systemctl show --property MainPID --value etcd.service)
            tr '\\0' '\\n' <"/proc/$process/environ" | grep ^ETCD_
            timeout 8 etcdctl alarm list
            """,
            timeLimit: .seconds(20)
        )
        .repeatable
    }

    func inForce(from answer: String) throws -> InForce {
        let lines = answer.split(separator: "\n")
        guard
            let version = lines.first(where: { $0.hasPrefix("\"Version\"") })?
                .split(separator: "\"").last
        else { throw DatabaseError.unreadable(name, String(answer.prefix(200))) }
        return InForce(
            version: String(version),
            settings: settings(in: answer, of: ""),
            faults: lines.filter { $0.hasPrefix("memberID:") }.map(String.init)
        )
    }
}
