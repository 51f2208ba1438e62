/// The command that ends other commands on a node, with all that they started.
enum RemoteEnding {
    /// How long a whole ending may take, on the node and on the way.
    static let limit: Duration = .seconds(12)

    /// Takes the sessions to end as arguments; returns 1 if something is left after 6 s.
    ///
    /// It ends every process of those sessions and every descendant of these, which finds those
    /// too that `timeout`, `sudo` or a shell with job control put elsewhere. A daemon that has
    /// left both its session and its parent is meant to stay, and does. TERM first, KILL after
    /// 2 s; what this user may not signal is tried through `sudo -n`.
    static let script = #"""
        sessions=" $* "
        known=" "
        list() {
            for stat in /proc/[0-9]*/stat; do
                { IFS= read -r line <"$stat"; } 2>/dev/null || continue
                pid=${line%% *}
                set -- ${line##*) }
                case $1 in Z | X) ;; *) echo "$pid $2 $4" ;; esac
            done
        }
        collect() {
            table=$(list)
            grown=1
            while [ -n "$grown" ]; do
                grown=
                alive=
                while read -r pid parent session; do
                    case $known in
                        *" $pid "*) alive="$alive $pid"; continue ;;
                    esac
                    case $sessions in
                        *" $session "*) ;;
                        *) case $known in *" $parent "*) ;; *) continue ;; esac ;;
                    esac
                    known="$known$pid "
                    grown=1
                done <<END
        $table
        END
            done
        }
        signal() {
            refused=
            for pid in $alive; do
                kill -s "$1" "$pid" 2>/dev/null || refused="$refused $pid"
            done
            [ -z "$refused" ] || sudo -n kill -s "$1" $refused </dev/null >/dev/null 2>&1
        }
        collect
        signal TERM
        round=0
        while collect; [ -n "$alive" ]; do
            round=$((round + 1))
            [ "$round" -lt 60 ] || { echo "processes$alive are left" >&2; exit 1; }
            if [ "$round" -ge 20 ]; then signal KILL; fi
            sleep 0.1
        done
        """#

    /// The text that runs the script for some sessions.
    static func text(_ sessions: [Int]) -> String {
        // The script's own lines are cut into a single word; it holds no quote of its own.
        "exec /bin/sh -c " + quote(script) + " end "
            + sessions.map(String.init).joined(separator: " ")
    }

    /// Quotes a word for a POSIX shell.
    static func quote(_ word: String) -> String {
        "'"
            + word.split(separator: "'", omittingEmptySubsequences: false).joined(
                separator: #"'\''"#
            )
            + "'"
    }
}
