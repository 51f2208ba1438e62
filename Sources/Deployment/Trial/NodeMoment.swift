import Shell

/// What a node said of itself at one moment of a trial, as far as it can spoil a measurement.
public struct NodeMoment: Sendable, Hashable, Codable {
    /// The database's process.
    public struct Process: Sendable, Hashable, Codable {
        /// systemd's random name for this start of the unit; another one after each start.
        public var invocation: String
        /// Its number; 0 while it does not run.
        public var number: Int
        /// How often systemd started it again by itself since somebody started it.
        public var restarts: Int
        /// Such as `active` or `failed`.
        public var state: String
        /// SHA-256 of the executable, in hexadecimal; `nil` while it does not run.
        public var executable: String?
        /// What the user called the build that the executable is of; `nil` for the distribution's.
        public var build: String?
    }

    /// Seconds since the start of the machine.
    public var uptime: Double
    /// What its processors did since then, in ticks.
    public var ticks: Int
    /// Ticks of those in which the hypervisor let others run.
    public var stolenTicks: Int
    /// Microseconds in which some process waited for memory; `nil` if the kernel does not count.
    public var memoryStall: Int?
    /// Whether ``memoryStall`` is that of a whole host, of which this node is a part without a count.
    public var countsOthersMemoryStall: Bool
    /// How many processes the kernel killed for want of memory.
    public var memoryKills: Int
    /// Whether ``memoryKills`` counts a whole host, of which this node is a part that has no count.
    public var countsOthersMemoryKills: Bool
    /// How full the file systems that matter are, in percent, by where they are mounted.
    public var filesystems: [String: Int]
    /// The most memory that the node may use, in bytes; `nil` if no limit shows on it.
    public var memoryLimit: Int?
    /// The most processors that the node may use; `nil` if no limit shows on it.
    public var processorLimit: Double?
    /// The database's process; `nil` on nodes that run none.
    public var process: Process?

    /// Prints what ``init(_:)`` reads.
    ///
    /// The machine's control group is where a container keeps it: the root of the tree of version 2,
    /// or in version 1 the group of process 1, which may be the root of what the container sees. A
    /// machine without one is the whole host.
    ///
    /// - Parameters:
    ///   - unit: The database's systemd unit; empty on nodes that run none.
    ///   - folders: Folders of the database, whose file systems count.
    ///   - root: Where `/proc` and `/sys` are looked for; another than the node's own in tests only.
    /// - Returns: The call, which needs root for the executable's digest.
    static func ask(unit: String, folders: [String], root: String = "") -> RemoteCall {
        .script(
            """
            # note the state of this node
            root=$1 unit=$2
            shift 2
            say() { [ -z "$2" ] || echo "$1=$2"; }
            total() { awk -v name="$1" '$1 == name { sum += $2 } END { print sum + 0 }'; }
            group() { sed -n "s/^[0-9]*:\\\\([^:]*,\\\\)*$1\\\\(,[^:]*\\\\)*:\\\\/*//p" "$root/proc/1/cgroup"; }
            say uptime "$(cut -d ' ' -f 1 "$root/proc/uptime")"
            say ticks "$(awk '$1 == "cpu" { for (i = 2; i <= 9; i++) sum += $i; printf "%.0f\\n", sum }' "$root/proc/stat")"
            say stolen_ticks "$(awk '$1 == "cpu" { print $9 }' "$root/proc/stat")"
            two=$root/sys/fs/cgroup
            pressure=$two/memory.pressure
            if [ ! -e "$pressure" ]; then
                pressure=$root/proc/pressure/memory
                ! systemd-detect-virt --quiet --container || say others_memory_stall yes
            fi
            say memory_stall "$(sed -n 's/^some .*total=//p' "$pressure" 2>/dev/null)"
            memory=$(group memory) processor=$(group cpu)
            # Of a container that is "/" where its own group is all that it sees.
            if grep -qE '^[0-9]+:([^:]*,)?memory(,[^:]*)?:/$' "$root/proc/1/cgroup" && systemd-detect-virt --quiet --container; then
                memory=.
            fi
            memory=${memory%init.scope} processor=${processor%init.scope}
            if [ -e "$two/memory.events" ]; then
                say memory_kills "$(total oom_kill <"$two/memory.events")"
                say memory_limit "$(cat "$two/memory.max")"
            elif [ -n "$memory" ] && [ -d "$two/memory/$memory" ]; then
                say memory_kills "$(find "$two/memory/$memory" -name memory.oom_control -exec cat {} + | total oom_kill)"
                say memory_limit "$(cat "$two/memory/$memory/memory.limit_in_bytes")"
            else
                say memory_kills "$(total oom_kill <"$root/proc/vmstat")"
                ! systemd-detect-virt --quiet --container || say others_memory_kills yes
            fi
            if [ -e "$two/cpu.max" ]; then
                say processor_limit "$(awk '$1 != "max" { print $1 / $2 }' "$two/cpu.max")"
            elif [ -n "$processor" ] && [ -d "$two/cpu/$processor" ]; then
                say processor_limit "$(paste "$two/cpu/$processor"/cpu.cfs_{quota,period}_us | awk '$1 > 0 { print $1 / $2 }')"
            fi
            df --output=pcent,target -- "$@" | awk 'NR > 1 && !seen[$2]++ { sub("%", "", $1); print "filesystem=" $1, $2 }' || true
            [ -n "$unit" ] || exit 0
            \(Systemd.mainProcess)
            systemctl show --property InvocationID,NRestarts,ActiveState "$unit"
            number=$(main_process "$unit")
            echo "MainPID=$number"
            [ "$number" != 0 ] || exit 0
            digest=$(sha256sum "/proc/$number/exe" | cut -c 1-64) || exit 0
            say executable "$digest"
            say build "$(cat "\(BuildSteps.folder)/$digest.name" 2>/dev/null)"
            """,
            arguments: ([root, unit, "/", "/tmp", "/var/lib"] + folders).map(Command.Word.plain),
            timeLimit: .seconds(20)
        )
        .repeatable
    }

    /// Reads the answer of ``ask(unit:folders:)``; `nil` if something that every node says is missing.
    init?(_ text: String) {
        var fields: [Substring: Substring] = [:]
        var filesystems: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            fields[parts[0]] = parts[1]
            guard parts[0] == "filesystem" else { continue }
            let words = parts[1].split(separator: " ", maxSplits: 1)
            if words.count == 2, let used = NodeNumber.whole(words[0]) {
                filesystems[String(words[1])] = used
            }
        }
        func number(_ name: Substring) -> Int? { fields[name].flatMap { NodeNumber.whole($0) } }
        guard let uptime = fields["uptime"].flatMap({ NodeNumber.decimal($0) }),
            let ticks = number("ticks"),
            let stolen = number("stolen_ticks"), let kills = number("memory_kills")
        else { return nil }
        self.uptime = uptime
        self.ticks = ticks
        stolenTicks = stolen
        memoryStall = number("memory_stall")
        countsOthersMemoryStall = fields["others_memory_stall"] != nil
        memoryKills = kills
        countsOthersMemoryKills = fields["others_memory_kills"] != nil
        self.filesystems = filesystems
        // Version 1 says "no limit" by a number near 2^63; no machine has a PiB.
        memoryLimit = number("memory_limit").flatMap { $0 < 1 << 50 ? $0 : nil }
        processorLimit = fields["processor_limit"].flatMap { NodeNumber.decimal($0) }
        process = fields["ActiveState"].map { state in
            Process(
                invocation: String(fields["InvocationID"] ?? ""),
                number: number("MainPID") ?? 0,
                restarts: number("NRestarts") ?? 0,
                state: String(state),
                executable: fields["executable"].map(String.init),
                build: fields["build"].map(String.init)
            )
        }
    }
}
