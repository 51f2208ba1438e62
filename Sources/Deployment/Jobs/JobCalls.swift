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
        declare -A unit
        jobs=() stamps=() logs=()
        # Notes the unit that was read, if it is a job.
        note() {
            local id=${unit[Id]:-} stamp=${unit[ActiveEnterTimestamp]:-} state=runs job log=
            local kind=${id#prov-}
            kind=${kind%%-*}
            case $kind-${unit[ActiveState]:-}-${unit[SubState]:-} in
            -*) return ;;
            *-active-exited) stamp=${unit[ExecMainExitTimestamp]:-} state="has ended" ;;
            *-failed-*) stamp=${unit[InactiveEnterTimestamp]:-} state=failed ;;
            *-active-waiting) state=waits ;;
            stress-inactive-*) return ;;
            # a timer that has begun its fault, whose service is listed
            fault-*-dead | fault-active-running) [[ $id == *.service && ${unit[SubState]} == running ]] || return 0 ;;
            esac
            [ "$kind" != stress ] || log=${id#prov-stress-} log=/var/lib/prov/stress/${log%.service}/output.log
            printf -v job -- '--job\\nkind=%s\\nid=%s\\nwhat=%s\\nstate=%s' \\
                "$kind" "$id" "${unit[Description]:-$id}" "$state"
            [[ $stamp == *[0-9]* ]] || stamp=@0
            jobs+=("$job") stamps+=("$stamp") logs+=("$log")
        }
        # One question for all of them: each takes systemd a while, and there may be hundreds.
        shown=$(systemctl show --property \\
            Id,Description,ActiveState,SubState,ActiveEnterTimestamp,InactiveEnterTimestamp,ExecMainExitTimestamp \\
            'prov-stress-*.service' 'prov-fault-*.timer' 'prov-fault-*.service')
        while IFS= read -r line; do
            if [ -n "$line" ]; then
                unit[${line%%=*}]=${line#*=}
            else
                note
                unit=()
            fi
        done <<<"$shown"$'\\n'
        times=()
        [ ${#jobs[@]} = 0 ] || mapfile -t times < <(printf '%s\\n' "${stamps[@]}" | date --file - +%s)
        for index in "${!jobs[@]}"; do
            echo "${jobs[index]}"
            [ "${times[index]:-0}" = 0 ] || echo "seconds=$((now - times[index]))"
            log=${logs[index]}
            if [ -f "$log" ] && [ ! -L "$log" ]; then
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
        // In the script and not behind it: a command line has less room than hundreds take.
        func words(_ isMeant: (Job) -> Bool) -> String {
            Command(jobs.filter(isMeant).map { Command.Word.plain($0.id) }).text
        }
        return .script(
            """
            # end what runs here
            units=(\(words { $0.kind != .command })) sessions=(\(words { $0.kind == .command }))
            if [ ${#units[@]} -gt 0 ]; then
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
            timeLimit: .seconds(180)
        )
    }
}
