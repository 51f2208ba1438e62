import Shell

/// A machine's figures of its own, where what its exporter reads of `/proc` is its host's.
///
/// Machines of `prov/local` are containers: their node exporter shows the processors and the memory of
/// the whole host, the same on all of them. A unit on each writes what its control group says, once a
/// second, as a file that the exporter adds to its own figures. Whole machines, such as those of EC2,
/// have the unit too, and systemd starts it on none of them.
enum MachineFigures {
    /// Where the node exporter finds further figures, in files that end in `.prom`; in memory.
    static let folder = "/run/prov-metrics"

    static let unit = "prov-machine-figures.service"
    private static let program = "/usr/local/lib/prov/machine-figures"

    /// What must stand on every node.
    static let files = [
        RemoteFile(
            path: "/etc/tmpfiles.d/prov-metrics.conf",
            text: "d \(folder) 0755 root root\n"
        ),
        RemoteFile(path: program, text: script + "\n"),
        RemoteFile(
            path: "/etc/systemd/system/\(unit)",
            text: """
                [Unit]
                Description=figures of this machine's own control group, for the node exporter
                ConditionVirtualization=container

                [Service]
                ExecStart=/bin/bash \(program) "" \(folder)
                Restart=on-failure

                [Install]
                WantedBy=multi-user.target

                """
        ),
    ]

    /// Starts the unit, also where an older one ran.
    static let start = RemoteCall.script(
        """
        # give the figures of this machine's own control group
        systemd-tmpfiles --create /etc/tmpfiles.d/prov-metrics.conf
        systemctl daemon-reload
        systemctl enable --quiet "$1"
        systemctl restart "$1"
        """,
        arguments: [.plain(unit)]
    )

    /// What the unit runs: ROOT FOLDER, and `once` behind them in tests.
    ///
    /// Version 2 of the control groups has all of it in one folder. Beside version 1 it counts time and
    /// pressure for the groups by which `prov/local` holds its machines together, and the trees of
    /// version 1 have the limits.
    static let script = """
        # Figures of this machine's own control group for the node exporter, once a second.
        #
        # What the exporter reads of /proc in a container is the host's. Only built-in words, and one mv: it
        # runs beside what is measured.
        set -u
        root=$1 folder=$2 rounds=${3:-}
        groups=$root/sys/fs/cgroup
        two=$groups
        [ -e "$two/cgroup.controllers" ] || two=$groups/unified

        # add NAME KIND VALUE HELP
        add() { text+="# HELP prov_machine_$1 $4"$'\\n'"# TYPE prov_machine_$1 $2"$'\\n'"prov_machine_$1 $3"$'\\n'; }

        # decimal NUMBER DIGITS: sets "decimal" to NUMBER with its last DIGITS behind a point
        decimal() {
            local unit=$((10 ** $2))
            printf -v decimal "%d.%0$2d" $(($1 / unit)) $(($1 % unit))
        }

        # field FILE NAME: sets "field" to what stands behind the name; fails if there is none
        field() {
            local line lines=()
            mapfile -t lines 2>/dev/null <"$1"
            for line in "${lines[@]}"; do
                [[ $line != "$2 "* ]] || { field=${line#* }; return 0; }
            done
            return 1
        }

        # own CONTROLLER: sets "own" to the machine's group in that tree of version 1
        own() {
            local line lines=() names
            own=
            mapfile -t lines 2>/dev/null <"$root/proc/1/cgroup"
            for line in "${lines[@]}"; do
                line=${line#*:} names=${line%%:*}
                [[ ,$names, != *,$1,* ]] || own=$groups/$1${line#*:}
            done
            own=${own%init.scope}
            [ -n "$own" ]
        }

        processors() {
            if field "$two/cpu.stat" usage_usec; then
                decimal "$field" 6
                add cpu_seconds_total counter "$decimal" "Processor time of this machine."
            fi
            if field "$two/cpu.stat" throttled_usec; then
                decimal "$field" 6
            elif own cpu && [ "$own" != "$groups/cpu/" ] && field "$own/cpu.stat" throttled_time; then
                decimal "$field" 9
            else
                # In version 1 a machine without a limit is in no group of its own, but in the host's.
                return
            fi
            add cpu_throttled_seconds_total counter "$decimal" "How long its processes were held back by its limit, added up over processors."
        }

        memory() {
            local all limit file=0
            if [ -e "$two/memory.current" ]; then
                all=$two/memory.current limit=$two/memory.max
                ! field "$two/memory.stat" inactive_file || file=$field
                field "$two/memory.events" oom_kill || field=0
            elif own memory && [ -e "$own/memory.usage_in_bytes" ]; then
                all=$own/memory.usage_in_bytes limit=$own/memory.limit_in_bytes
                ! field "$own/memory.stat" total_inactive_file || file=$field
                field "$own/memory.oom_control" oom_kill || field=0
            else
                return
            fi
            add memory_kills_total counter "$field" "Processes that the kernel killed because this machine's memory was full."
            read -r all <"$all"
            read -r limit <"$limit"
            add memory_bytes gauge "$all" "Memory in use, with the cache of files."
            add memory_working_bytes gauge "$((all > file ? all - file : 0))" "Memory in use, without files that were not read lately."
            # Version 1 says "no limit" by a number near 2^63; no machine has a PiB.
            case $limit in
            max) ;;
            *) ((limit >= 1 << 50)) || add memory_limit_bytes gauge "$limit" "Its limit." ;;
            esac
        }

        # pressure RESOURCE
        pressure() {
            local line lines=()
            mapfile -t lines 2>/dev/null <"$two/$1.pressure"
            for line in "${lines[@]}"; do
                decimal "${line##*total=}" 6
                case $line in
                some*) add "pressure_$1_waiting_seconds_total" counter "$decimal" "How long some of its processes waited for it." ;;
                full*) add "pressure_$1_stalled_seconds_total" counter "$decimal" "How long all of its processes waited for it." ;;
                esac
            done
        }

        # A pipe that nobody writes to: reading from it waits, without a process.
        exec {never}<> <(:)
        while :; do
            text=
            processors
            memory
            for resource in cpu memory io; do pressure $resource; done
            printf %s "$text" >"$folder/.machine" && mv -T "$folder/.machine" "$folder/machine.prom"
            [ "$rounds" != once ] || exit 0
            read -rt 1 -u "$never" || :
        done
        """
}
