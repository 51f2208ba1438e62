/// A program that is tried on a node for a moment, before anything depends on it.
enum Tryout {
    /// Bash: a folder of the try's own, what it may take, and its end, which leaves nothing.
    ///
    /// The program is not trusted to end, nor to be brief. The end comes before the call's own time limit,
    /// and also when that is reached: then Bash gets a TERM.
    static let frame = """
        folder=$(mktemp -d)
        cd "$folder"
        # No file of it is larger than 256 MiB; etcd's first one has 64.
        ulimit -c 0 -f 262144
        leave() {
            # Silent to the end, or the shell may say "Killed".
            exec 2>/dev/null
            set +e
            # What left its parent still has the variable that it was started with.
            for process in $(jobs -p) $(grep -lszFx "PROV_TRYOUT=$folder" /proc/[0-9]*/environ | cut -d / -f 3); do
                kill -9 "$process"
            done
            wait
            cd /
            rm -rf "$folder"
        }
        trap leave EXIT
        trap 'exit 1' HUP INT TERM
        touch log
        # Runs a program in the background and keeps the first MiB that it prints; at more it gets a SIGPIPE.
        begin() { PROV_TRYOUT=$folder "$@" 2>&1 | stdbuf --output 0 head --bytes 1M >log & }
        # Fails with the last that it printed.
        refuse() {
            {
                tail --lines 8 log | tail --bytes 2000
                [ "$(stat --format %s log)" -lt 1048576 ] || printf '\\nit printed more than 1 MiB, and was ended\\n'
            } >&2
            exit 1
        }
        # Asks again and again until a command succeeds; once more when the program has ended.
        await() {
            local running=yes
            until kill -0 $! 2>/dev/null || running=no; "$@"; do
                [ $running = yes ] || refuse
                [ $SECONDS -lt \(seconds) ] || {
                    echo "it was not ready after \(seconds) s, and was ended" >&2
                    refuse
                }
                sleep 0.05
            done
        }
        """

    /// How long a program may take; a call's time limit is longer.
    static let seconds = 45
}
