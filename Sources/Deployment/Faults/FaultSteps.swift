import DeploymentState

/// What a fault does on its node, as Bash: `$unit` is its own name, `$state` a file of its own.
struct FaultSteps: Sendable, Hashable {
    /// Fails, with the reason, where the fault cannot be; changes nothing.
    let check: String
    /// Begins the fault.
    let begin: String
    /// Takes it back; also if it began only in part, or not at all.
    let undo: String
    /// `$1` and so on, of all three.
    let arguments: [String]

    init(_ fault: Fault, database: any System) {
        switch fault.kind {
        case .pause:
            self.init(
                begin: #"systemctl kill --signal STOP "$1""#,
                undo: #"systemctl kill --signal CONT "$1""#,
                [database.unit]
            )
        case .kill: self = .kill(database.unit)
        case .partition(let others): self = .partition(others.map(\.privateIP))
        case .slowNetwork(let rate): self = .slowNetwork(fault.node.privateIP, rate)
        case .fullDisk: self = .fullDisk(database.dataDirectories.first ?? "/")
        case .processors(let count): self = .processors(database.unit, count)
        }
    }

    private init(check: String = ":", begin: String, undo: String, _ arguments: [String]) {
        self.check = check
        self.begin = begin
        self.undo = undo
        self.arguments = arguments
    }

    /// A unit that systemd starts again by itself would be back before anybody saw that it was gone.
    private static func kill(_ unit: String) -> FaultSteps {
        FaultSteps(
            begin: """
                mkdir -p "/run/systemd/system/$1.d"
                printf '[Service]\\nRestart=no\\n' >"/run/systemd/system/$1.d/prov-fault.conf"
                systemctl daemon-reload
                systemctl kill --signal KILL "$1"
                """,
            undo: """
                rm -f "/run/systemd/system/$1.d/prov-fault.conf"
                rmdir --ignore-fail-on-non-empty "/run/systemd/system/$1.d"
                systemctl daemon-reload
                systemctl reset-failed "$1" || true
                systemctl start "$1"
                """,
            [unit]
        )
    }

    private static func partition(_ addresses: [String]) -> FaultSteps {
        FaultSteps(
            check: """
                command -v nft >/dev/null || { echo "there is no nft here: install nftables" >&2; exit 1; }
                """,
            begin: """
                for address; do
                    family=ip; case $address in *:*) family=ip6 ;; esac
                    in="${in:-} $family saddr $address drop;" out="${out:-} $family daddr $address drop;"
                done
                nft -f - <<RULES
                table inet ${unit//-/_} {
                    chain in { type filter hook input priority -300; $in }
                    chain out { type filter hook output priority -300; $out }
                }
                RULES
                """,
            undo: """
                nft list table inet "${unit//-/_}" >/dev/null 2>&1 || exit 0
                nft delete table inet "${unit//-/_}"
                """,
            addresses
        )
    }

    /// A token bucket; what waits longer than 0.4 s in it is dropped, as in a router's buffer.
    private static func slowNetwork(_ address: String, _ rate: Int) -> FaultSteps {
        let device = #"device=$(ip -oneline address show to "$1" | awk '{ print $2; exit }')"#
        return FaultSteps(
            check: """
                \(device)
                [ -n "$device" ] || { echo "no interface here has the address $1" >&2; exit 1; }
                ! tc qdisc show dev "$device" root | grep -q tbf || { echo "$device is slowed already" >&2; exit 1; }
                """,
            begin: """
                \(device)
                tc qdisc replace dev "$device" root tbf rate "$2"bit burst 32kbit latency 400ms
                """,
            undo: """
                \(device)
                ! tc qdisc show dev "$device" root | grep -q tbf || tc qdisc delete dev "$device" root
                """,
            [address, "\(rate)"]
        )
    }

    private static func fullDisk(_ directory: String) -> FaultSteps {
        FaultSteps(
            check: """
                case $(findmnt --noheadings --output FSTYPE --target "$1") in
                overlay | nfs* | 9p | virtiofs)
                    echo "$1 is on a file system of the host's, which would be full for everybody: \\
                mount one of its own there before the trial, such as a tmpfs" >&2
                    exit 1 ;;
                esac
                """,
            // What others write meanwhile, and what the file itself needs, changes how much is free.
            begin: """
                free() { df --block-size=1 --output=avail "$1" | tail --lines 1; }
                fallocate --length "$(free "$1")" "$1/.$unit" 2>/dev/null || true
                head --bytes "$(free "$1")" /dev/zero >>"$1/.$unit" 2>/dev/null || true
                [ "$(free "$1")" -lt 65536 ] || { echo "$1 still has $(free "$1") bytes free" >&2; exit 1; }
                """,
            undo: """
                rm -f "$1/.$unit"
                """,
            [directory]
        )
    }

    /// By affinity, which also machines have whose control groups are not their own.
    private static func processors(_ unit: String, _ count: Int) -> FaultSteps {
        FaultSteps(
            check: """
                [ "$(nproc)" -gt "$2" ] || { echo "this node has $(nproc) processors, no more than $2" >&2; exit 1; }
                """,
            begin: """
                process=$(systemctl show --property MainPID --value "$1")
                before=$(taskset --cpu-list --pid "$process")
                echo "$process ${before##*: }" >"$state"
                # "0-3,8" as one number a line, of which the first few
                few=$(tr , '\\n' <<<"${before##*: }" | awk -F- '{ for (i = $1; i <= $NF; i++) print i }' |
                    head --lines "$2" | paste -sd ,)
                taskset --all-tasks --cpu-list --pid "$few" "$process" >/dev/null
                """,
            undo: """
                [ -e "$state" ] || exit 0
                read -r process before <"$state"
                # a process that is no more has none to get back
                [ ! -e "/proc/$process" ] || taskset --all-tasks --cpu-list --pid "$before" "$process" >/dev/null
                """,
            [unit, "\(count)"]
        )
    }
}
