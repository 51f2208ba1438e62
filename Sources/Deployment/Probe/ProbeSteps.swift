import DeploymentState
import Shell

/// The calls that measure a node: its processors, its disk, and the network to the next node.
///
/// They need what each Linux with systemd has: GNU's core utilities, Bash, awk and systemd.
enum ProbeSteps {
    /// Where each node takes data while the others are measured.
    static let port = 5_202
    /// A unit of this name takes them.
    private static let unit = "prov-probe"
    /// A receiver that nobody ends lives no longer than the probe and so many seconds.
    private static let grace = 60

    /// Takes data on the node's private address until ``endReceiving``, and throws them away.
    ///
    /// - Parameters:
    ///   - node: The node.
    ///   - length: How long the whole probe lasts.
    /// - Returns: The call; when it succeeds the port is open.
    static func receive(on node: Node, for length: Duration) -> RemoteCall {
        .script(
            """
            # take a probe's data
            systemctl stop "$1.service" 2>/dev/null || true
            systemctl reset-failed "$1.service" 2>/dev/null || true
            systemd-run --quiet --unit "$1" --property RuntimeMaxSec="$2" \\
                systemd-socket-activate --listen "$3:$4" --accept --inetd dd of=/dev/null bs=64K status=none
            for ((try = 0; try < 100; try++)); do
                if [ "$(systemctl is-active "$1")" != active ]; then
                    journalctl --quiet --unit "$1" --lines 3 --output cat >&2
                    exit 1
                fi
                ! (: >"/dev/tcp/$3/$4") 2>/dev/null || exit 0
                sleep 0.1
            done
            echo "nothing listens at $3:$4 after 10 s" >&2
            exit 1
            """,
            arguments: [
                .plain(unit), .plain("\(Int(length.inSeconds.rounded(.up)) + grace)"),
                .plain(node.privateIP), .plain("\(port)"),
            ]
        )
    }

    /// Ends ``receive(on:for:)``.
    static let endReceiving = RemoteCall.script(
        """
        # take no more of a probe's data
        systemctl stop "$1.service" 2>/dev/null || true
        systemctl reset-failed "$1.service" 2>/dev/null || true
        """,
        arguments: [.plain(unit)]
    )
    .repeatable

    /// Measures the node, a quarter of `length` for each figure, and prints what
    /// ``Probe/Reading/init(_:)`` reads.
    ///
    /// All nodes do the same at the same time, since each begins a figure when its quarter begins.
    ///
    /// - Parameters:
    ///   - next: The address to which it sends; `nil` if it is alone.
    ///   - folder: On whose file system it writes, or its nearest parent that is there; at most a tenth
    ///     of what is free, and 8 GiB.
    ///   - length: How long it lasts.
    /// - Returns: The call, which leaves no file.
    static func measure(to next: String?, in folder: String, for length: Duration) -> RemoteCall {
        .script(
            """
            # measure this node
            export LC_ALL=C
            folder=$1 seconds=$2 address=$3 port=$4
            # Before setup there are no data yet, but the disk is there.
            while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
            scratch=$(mktemp -d "$folder/prov-probe-XXXXXX")
            trap 'rm -rf "$scratch"' EXIT
            say() { echo "$1=$2"; }
            ticks() { awk '$1 == "cpu" { for (i = 2; i <= 9; i++) sum += $i; printf "%.0f %.0f\\n", sum, $9 }' /proc/stat; }
            # Runs dd for a quarter; its last line says the bytes and the seconds. What Bash runs in the background ignores INT.
            copy() { env --default-signal=INT timeout --signal INT --kill-after 5 "$seconds" dd if=/dev/zero "$@"; }
            # Adds up the rates of dd, in $1 bytes per second; fails if none is there.
            rate() { awk -v unit="$1" '/ copied, / { split($0, part, ","); for (i in part) if (part[i] ~ /^ [0-9.e+-]+ s$/) { sum += $1 / part[i]; seen++ } }
                END { if (!seen) exit 1; printf "%.0f\\n", sum / unit }' "${@:2}"; }
            # Prints figure $1, in $2 bytes per second, from what dd wrote to the other files; if that is an error, it is the reason.
            figure() { local value; value=$(rate "${@:2}") || { cat "${@:3}" >&2; exit 1; }; say "$1" "$value"; }
            started=$EPOCHREALTIME
            # Waits for the end of quarter $1.
            until_quarter() { sleep "$(awk -v a="$started" -v b="$EPOCHREALTIME" -v n="$1" -v s="$seconds" 'BEGIN { d = a + n * s - b; print (d > 0 ? d : 0) }')"; }
            before=$(ticks)

            processors=$(nproc)
            for ((i = 0; i < processors; i++)); do
                (copy bs=64K 2>"$scratch/hash-$i" | sha256sum >/dev/null) || true &
            done
            wait
            say processors "$processors"
            figure hashing 1 "$scratch"/hash-*
            until_quarter 1

            free=$(df --output=avail --block-size=1M "$scratch" | tail -n 1)
            most=$((free / 10 < 8192 ? free / 10 : 8192))
            ((most > 0)) || { echo "$folder has only $free MiB free" >&2; exit 1; }
            copy of="$scratch/data" bs=4K count=$((most * 256)) oflag=dsync 2>"$scratch/sync" || true
            figure syncing 4096 "$scratch/sync"
            rm -f "$scratch/data"
            until_quarter 2

            copy of="$scratch/data" bs=1M count="$most" oflag=direct 2>"$scratch/write" || true
            figure writing 1 "$scratch/write"
            rm -f "$scratch/data"
            until_quarter 3

            if [ -n "$address" ]; then
                for ((i = 0; i < 21; i++)); do
                    a=$EPOCHREALTIME
                    : >"/dev/tcp/$address/$port"
                    b=$EPOCHREALTIME
                    echo $((${b/./} - ${a/./}))
                done | sort -n | sed -n '11s/^/connecting=/p'
                (copy bs=64K >"/dev/tcp/$address/$port" 2>"$scratch/network") || true
                figure sending 1 "$scratch/network"
            fi
            until_quarter 4
            say stolen "$(awk -v a="$before" -v b="$(ticks)" 'BEGIN { split(a, x); split(b, y); d = y[1] - x[1]; print (d > 0 ? (y[2] - x[2]) / d : 0) }')"
            """,
            arguments: [
                .plain(folder), .plain("\(length.inSeconds / 4)"), .plain(next ?? ""),
                .plain("\(port)"),
            ],
            timeLimit: length + .seconds(60)
        )
    }
}
