import Shell

/// The systemd calls of a node, as values.
enum Systemd {
    /// The exit status of ``isUpToDate(_:executable:files:)`` that says no.
    static let outdated: Int32 = 3

    /// Tells whether a unit is down, or runs the installed executable with its configuration files as
    /// they are now.
    ///
    /// A process is as old as the kernel says, which counts the time that a laptop slept; a file
    /// from the future proves nothing, so it restarts nobody.
    static func isUpToDate(
        _ unit: String,
        executable: String? = nil,
        files: [String]
    ) -> RemoteCall {
        .script(
            """
            # is a unit's configuration in force
            \(mainProcess)
            process=$(main_process "$1") executable=$2; shift 2
            [ "$process" != 0 ] || exit 0
            [ -z "$executable" ] || cmp -s "/proc/$process/exe" "$executable" || exit 3
            started=$(sed 's/.*) //' "/proc/$process/stat" | cut -d ' ' -f 20)
            up=$(cut -d ' ' -f 1 /proc/uptime)
            age=$(awk -v up="$up" -v ticks="$started" -v rate="$(getconf CLK_TCK)" 'BEGIN { print up - ticks / rate }')
            for file; do
                changed=$(awk -v now="$(date +%s.%N)" -v at="$(stat --format %.Y "$file")" 'BEGIN { printf "%.3f", now - at }')
                awk -v age="$age" -v changed="$changed" 'BEGIN { exit changed >= 0 && changed < age ? 3 : 0 }'
            done
            """,
            arguments: ([unit, executable ?? ""] + files).map(Command.Word.plain)
        )
        .repeatable
    }

    /// Starts a unit and returns when it is up; if not, the error says what speaks for the reason.
    ///
    /// - Parameters:
    ///   - unit: Its full name.
    ///   - port: The port that it must have for itself.
    ///   - directory: Where it writes.
    ///   - logs: Files whose last lines say more than the journal; those that are not there say nothing.
    ///   - timeLimit: For all of it.
    /// - Returns: The call.
    static func start(
        _ unit: String,
        port: Int? = nil,
        directory: String = "/",
        logs: [String] = [],
        timeLimit: Duration = .seconds(120)
    ) -> RemoteCall {
        .script(
            """
            # start a unit
            \(ended)
            ! ended "$1" || systemctl stop "$1"
            systemctl start "$1" && exit 0
            \(reasons)
            """,
            arguments: [.plain(unit), .plain(port.map { "\($0)" } ?? ""), .plain(directory)]
                + logs.map(Command.Word.plain),
            timeLimit: timeLimit
        )
    }

    /// Succeeds unless a unit that was started has ended since; then the error says what speaks for the
    /// reason.
    ///
    /// The parameters are those of ``start(_:port:directory:logs:timeLimit:)``.
    static func isAlive(
        _ unit: String,
        port: Int? = nil,
        directory: String = "/",
        logs: [String] = []
    ) -> RemoteCall {
        .script(
            """
            # has a unit that was started ended
            \(ended)
            case $(systemctl show --property ActiveState --value "$1") in
                failed | inactive) ;;
                *) ended "$1" || exit 0 ;;
            esac
            echo "$1 has ended again" >&2
            \(reasons)
            """,
            arguments: [.plain(unit), .plain(port.map { "\($0)" } ?? ""), .plain(directory)]
                + logs.map(Command.Word.plain)
        )
        .repeatable
    }

    /// Bash: prints the main process of a unit, or 0.
    ///
    /// Of a unit that is made of an init script systemd knows none: then it is the first of its group.
    static let mainProcess = """
        main_process() {
            local process group
            process=$(systemctl show --property MainPID --value "$1")
            group=$(systemctl show --property ControlGroup --value "$1")
            if [ "${process:-0}" = 0 ] && [ -n "$group" ]; then
                process=$(grep -ls "$group$" /proc/[0-9]*/cgroup | cut -d / -f 3 | sort -n | head -n 1 || true)
            fi
            echo "${process:-0}"
        }
        """

    /// Bash: tells whether the processes of a unit that is made of an init script are gone.
    ///
    /// To systemd such a unit is active for ever, and starting it does nothing.
    private static let ended = """
        ended() {
            [ -n "$(systemctl show --property SourcePath --value "$1")" ] &&
                [ "$(systemctl show --property SubState --value "$1")" = exited ]
        }
        """

    /// Bash: says what speaks for the reason why the unit `$1` is down, and fails.
    private static let reasons = """
        # Whatever cannot be asked must not hide what can.
        set +e
        {
            echo "state: $(systemctl show --property ActiveState,SubState,Result,ExecMainStatus "$1" | paste -sd ' ')"
            [ -z "$2" ] || ss -Hltnp "sport = :$2" | sed 's/^/port in use: /'
            df --output=pcent,target / "$3" 2>/dev/null | sort -u | awk '$1 + 0 >= 95 { print "disk full: " $1 " of " $2 }'
            journalctl --quiet --no-pager --dmesg --since -10min --grep 'oom-kill|Out of memory' --lines 2
            journalctl --quiet --no-pager --output cat --lines 12 --unit "$1"
            for log in "${@:4}"; do tail --quiet --lines 12 "$log" 2>/dev/null; done
        } >&2
        exit 1
        """

    /// Stops a unit and returns when it is down; one that is down or unknown already is no error.
    static func stop(_ unit: String, timeLimit: Duration = .seconds(120)) -> RemoteCall {
        .script(
            """
            # stop a unit
            [ "$(systemctl show --property LoadState --value "$1")" = loaded ] || exit 0
            systemctl stop "$1"
            """,
            arguments: [.plain(unit)],
            timeLimit: timeLimit
        )
    }
}
