import Shell

/// A fault on its node: a transient systemd timer that begins it, in a unit that takes it back.
///
/// Everything is on the node before the load begins. systemd runs `ExecStopPost` however the unit ends,
/// so that the fault is taken back also if the script that asked for it was killed, or the unit is.
struct FaultUnit: Sendable, Hashable {
    /// Where a node keeps the scripts and notes of its faults, until the next boot at most.
    private static let folder = "/run/prov-fault"

    /// Tells this fault from all others of its run.
    let name: String
    let plan: FaultPlan

    private var unit: String { "prov-fault-\(name)" }

    /// What its end must know.
    var armed: ArmedFault { ArmedFault(name: name, fault: InjectedFault(plan)) }

    /// Arms the fault: its timer, and before that what takes it back.
    ///
    /// - Parameters:
    ///   - start: When the first request is due, in seconds since 1970-01-01 UTC.
    ///   - database: What runs on the servers.
    /// - Returns: The call; it fails, before anything is changed, where the fault cannot be.
    func arm(start: Double, database: any System) -> RemoteCall {
        let steps = FaultSteps(plan.fault, database: database)
        return .script(
            """
            # arm a fault: \(plan.fault.word)
            unit=$1 start=$2 seconds=$3 title=$4 notes=\(Self.folder)/$1.notes; shift 4
            \(steps.check)
            mkdir -p \(Self.folder)
            cat >\(Self.folder)/"$unit.begin" <<'END'
            unit=$1 state=\(Self.folder)/$1.state; shift
            \(steps.begin)
            END
            cat >\(Self.folder)/"$unit.undo" <<'END'
            unit=$1 state=\(Self.folder)/$1.state; shift
            \(steps.undo)
            END
            case $(awk -v start="$start" -v now="$(date +%s.%N)" 'BEGIN { print start - now }') in
            -*) echo "its time had passed when it was armed" >&2; exit 1 ;;
            esac
            # systemd gives a property's words to no shell, and takes % and $ in them for its own.
            cat >\(Self.folder)/"$unit.run" <<END
            bash -eu \(Self.folder)/$unit.begin $unit ${*@Q} 2>>$notes
            echo "began \\$(date +%s.%N)" >>$notes
            exec sleep $seconds
            END
            cat >\(Self.folder)/"$unit.stop" <<END
            bash -eu \(Self.folder)/$unit.undo $unit ${*@Q} 2>>$notes || exit 1
            echo "ended \\$(date +%s.%N)" >>$notes
            END
            # A time after now would count anew from each daemon-reload, of which the fault "kill" needs two.
            when=$(date --utc --date "@$start" '+%Y-%m-%d %H:%M:%S.%6N UTC')
            systemd-run --quiet --unit "$unit" --description "$title" --on-calendar "$when" --timer-property AccuracySec=10ms \\
                --property "ExecStopPost=/bin/bash \(Self.folder)/$unit.stop" /bin/bash -eu \(Self.folder)/"$unit.run"
            """,
            arguments: [
                .plain(unit), .plain("\(start + plan.start.inSeconds)"),
                .plain("\(plan.length.inSeconds)"), .plain("fault \(plan.fault.text)"),
            ] + steps.arguments.map(Command.Word.plain)
        )
    }

    /// Ends a fault if it has not ended, and prints what the node noted of it.
    static func end(_ name: String) -> RemoteCall {
        .script(
            """
            # end a fault
            systemctl stop "$1.timer" "$1.service" 2>/dev/null || true
            systemctl reset-failed "$1.service" 2>/dev/null || true
            cat \(Self.folder)/"$1.notes" 2>/dev/null || true
            rm -f \(Self.folder)/"$1".*
            """,
            arguments: [.plain("prov-fault-\(name)")],
            timeLimit: .seconds(180)
        )
    }

    /// Ends the faults of a script that was killed.
    static let endLeftovers = RemoteCall.script(
        """
        # end faults of an earlier script
        systemctl stop 'prov-fault-*.timer' 'prov-fault-*.service'
        systemctl reset-failed 'prov-fault-*.service' 2>/dev/null || true
        rm -rf /run/prov-fault
        """,
        timeLimit: .seconds(180)
    )
}
