private import Posix

/// The command that ends other commands on a node, with all that they started.
package enum RemoteEnding {
    /// How long a whole ending may take, on the node and on the way.
    package static let limit: Duration = .seconds(20)

    /// Takes the sessions to end as arguments; returns 1 if something is left after 6 s.
    ///
    /// It ends every process of those sessions and every descendant of these, which finds those
    /// too that `timeout`, `sudo` or a shell with job control put elsewhere. A daemon that has
    /// left both its session and its parent is meant to stay, and does. TERM first, KILL after
    /// 2 s; what this user may not signal is tried through `sudo -n`.
    static let script = #"""
        sessions=$*
        alive=
        collect() {
            alive=$(cat /proc/[0-9]*/stat 2>/dev/null | awk -v ids="$sessions" -v known="$alive" '
                {
                    pid = $1
                    sub(/.*\) /, "")
                    if ($1 == "Z" || $1 == "X") next
                    parent[pid] = $2
                    session[pid] = $4
                }
                END {
                    for (i = split(ids, list, " "); i > 0; i--) wanted[list[i]] = 1
                    for (i = split(known, list, " "); i > 0; i--)
                        if (list[i] in parent) found[list[i]] = 1
                    do {
                        grown = 0
                        for (pid in parent)
                            if (!(pid in found) && (session[pid] in wanted || parent[pid] in found)) {
                                found[pid] = 1
                                grown = 1
                            }
                    } while (grown)
                    for (pid in found) printf "%s ", pid
                }')
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
            [ "$round" -lt 60 ] || { echo "processes $alive are left" >&2; exit 1; }
            if [ "$round" -ge 20 ]; then signal KILL; fi
            sleep 0.1
        done
        """#

    /// The text that runs the script for the session whose first process has a mark in its words, such as
    /// `ssh-1a=`; returns 1 if there is none within 2 s.
    ///
    /// For a command that has not told its session yet.
    package static func text(mark: String) -> String {
        // The brackets keep the search from finding itself.
        let pattern = mark.dropLast() + "[" + mark.suffix(1) + "]"
        return
            "round=0; while found=$(grep -las -- \(Quoting.quote(String(pattern))) /proc/[0-9]*/cmdline "
            + "| cut -d/ -f3); [ -z \"$found\" ] && [ \"$round\" -lt 20 ]; do round=$((round + 1)); sleep 0.1; done; "
            + "[ -n \"$found\" ] || exit 1; exec /bin/sh -c " + Quoting.quote(script)
            + " end $found"
    }

    /// The text that runs the script for some sessions.
    package static func text(_ sessions: [Int]) -> String {
        "exec /bin/sh -c " + Quoting.quote(script) + " end "
            + sessions.map(String.init).joined(separator: " ")
    }
}
