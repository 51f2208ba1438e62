import Shell

/// What is asked of a node about its jobs.
enum JobCalls {
    /// Prints each job as ``Job/read(_:)`` wants it; changes nothing.
    ///
    /// A command over SSH is a session without a terminal whose first process got sshd's variables;
    /// one's own is left out, and whatever is younger than 2 s, for a script asks often and briefly.
    static let list = RemoteCall.script(
        """
        # list what runs here
        now=$(date +%s)
        show() { systemctl show --property "$2" --value "$1"; }
        age() { [ -z "$1" ] || echo "seconds=$((now - $(date --date "$1" +%s)))"; }
        units=$(systemctl list-units --all --plain --no-legend --full \\
            'prov-stress-*.service' 'prov-fault-*.timer' 'prov-fault-*.service' | awk '{ print $1 }')
        for unit in $units; do
            kind=${unit#prov-} kind=${kind%%-*}
            since=ActiveEnterTimestamp state=runs
            case $kind-$(show "$unit" ActiveState)-$(show "$unit" SubState) in
            *-active-exited) since=ExecMainExitTimestamp state="has ended" ;;
            *-failed-*) since=InactiveEnterTimestamp state=failed ;;
            *-active-waiting) state=waits ;;
            stress-inactive-*) continue ;;
            # a timer that has begun its fault, whose service is listed
            fault-*-dead | fault-active-running) [[ $unit == *.service && $(show "$unit" SubState) == running ]] || continue ;;
            esac
            printf -- '--job\\nkind=%s\\nid=%s\\nwhat=%s\\nstate=%s\\n' \\
                "$kind" "$unit" "$(show "$unit" Description)" "$state"
            age "$(show "$unit" "$since")"
            run=${unit#prov-stress-} log=/var/lib/prov/stress/${run%.service}/output.log
            if [ "$kind" = stress ] && [ -f "$log" ] && [ ! -L "$log" ]; then
                echo "line=$(tail --bytes 4096 "$log" | tail --lines 1)"
            fi
        done
        own=$(ps -o sid= -p $$)
        ps -ww -eo pid=,sid=,tty=,etimes=,args= | while read -r process session terminal seconds words; do
            [ "$process" = "$session" ] && [ "$terminal" = '?' ] && [ "$process" -ne "$own" ] || continue
            [ "$seconds" -ge 2 ] || continue
            # what was not begun by sshd, or has ended meanwhile
            grep -qsz '^SSH_CONNECTION=' "/proc/$process/environ" || continue
            # what reports the end of a command that came through OpenSSH
            case $words in
            *PROV_COMMAND*) words=$(ps -ww -o args= --ppid "$process" | head -n 1) || continue ;;
            esac
            printf -- '--job\\nkind=command\\nid=%s\\nwhat=%s\\nseconds=%s\\n' "$process" "$words" "$seconds"
        done
        """,
        timeLimit: .seconds(30)
    )
    .repeatable

    /// Ends jobs: units are stopped and forgotten, and of a command its whole session.
    ///
    /// What a stress wrote stays on the node, for whoever wants to read it; the next trial removes it.
    static func end(_ jobs: [Job]) -> RemoteCall {
        let units = jobs.filter { $0.kind != .command }.map(\.id)
        let sessions = jobs.filter { $0.kind == .command }.map(\.id)
        return .script(
            """
            # end what runs here
            count=$1; shift
            units=("${@:1:count}") sessions=("${@:count+1}")
            if [ "$count" -gt 0 ]; then
                systemctl stop "${units[@]}" 2>/dev/null || true
                systemctl reset-failed "${units[@]}" 2>/dev/null || true
            fi
            alive() { ps -o pid= --sid "$1" >/dev/null; }
            for session in "${sessions[@]}"; do
                pkill -TERM --session "$session" || continue
                for _ in {1..50}; do alive "$session" || continue 2; sleep 0.1; done
                pkill -KILL --session "$session" || true
            done
            """,
            arguments: (["\(units.count)"] + units + sessions).map(Command.Word.plain),
            timeLimit: .seconds(180)
        )
    }
}
