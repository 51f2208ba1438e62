import DeploymentState
import Shell

/// One client's part in a stress: the load program as a transient systemd unit on the node.
///
/// A unit outlives a dropped connection, so an hour's run is not lost with it. systemd keeps the
/// unit after its end (`RemainAfterExit`), so that its exit status can be read later.
struct Loader: Sendable {
    /// How the unit stands.
    struct Status: Sendable, Hashable {
        enum State: Sendable, Hashable {
            case running
            case succeeded
            /// What became of it, such as `failed: exit status 1`, to stand behind "the load tool".
            case failed(String)
        }
        var state: State
        /// The last lines that the tool wrote; none if a signal from elsewhere ended it.
        var lastLines: [String]
        /// What it has logged since it was asked before.
        var log = ""
    }

    /// Tells this run from all others.
    let run: String
    let program: any LoadProgram
    let part: LoadPart

    var unit: String { "prov-stress-\(run).service" }
    var directory: String { part.folder }
    var output: String { "\(directory)/output.log" }
    /// The log that the program writes; `nil` if it writes none.
    var log: String? { program.files(of: part.stress).log.map { "\(directory)/\($0)" } }
    /// What it says of itself at its end; `nil` if nothing.
    var result: String? { program.files(of: part.stress).result.map { "\(directory)/\($0)" } }

    /// The most bytes that ``output`` may have: a line a second is a hundred.
    static let outputLimit = 16 << 20
    /// The most bytes that ``result`` may have, which is some kilobytes.
    static let resultLimit = 1 << 20

    /// The most bytes that ``log`` may have.
    ///
    /// Each second has up to four histograms of 28,000 counts, which are 112 KiB each at worst, and a
    /// few kilobytes in fact: half a MiB a second. What has no known end may have 1 GiB.
    static func logLimit(of stress: Stress) -> Int {
        guard let duration = stress.duration else { return 1 << 30 }
        let seconds = (duration + stress.requestTimeout + stress.patience).inSeconds
        return 16 << 20 + Int(min(seconds, 1e6)) * (512 << 10)
    }

    /// The folder of a run on its client.
    static func folder(of run: String) -> String { "/var/lib/prov/stress/\(run)" }

    /// Starts the unit; fails if this node's clock differs from ours by more than half a second.
    ///
    /// `now` is our time in seconds since 1970; the call's own delay makes the check one-sided,
    /// so half a second leaves room for it.
    func start(now: Double) -> RemoteCall {
        .script(
            """
            # start the load tool
            unit=$1 directory=$2 ours=$3 option=$4 password=$5 title=$6 metrics=$7; shift 7
            theirs=$(date +%s.%N)
            if ! awk -v a="$ours" -v b="$theirs" 'BEGIN { d = b - a; exit !(d > -0.5 && d < 2) }'; then
                echo "this node's clock reads $theirs when ours read $ours: synchronize the clocks (chrony)" >&2
                exit 1
            fi
            [ -z "$option" ] || [ ! -e "$password" ] || set -- "$@" "$option" "$password"
            mkdir -p "$directory" "${metrics%/*}"
            # However it ends, its figures end with it.
            systemd-run --quiet --unit "$unit" --description "$title" --service-type exec \\
                --property RemainAfterExit=yes \\
                --property LimitNOFILE=1048576 \\
                --property StandardOutput=append:"$directory/output.log" \\
                --property StandardError=append:"$directory/output.log" \\
                --property ExecStopPost="/bin/rm --force $metrics" \\
                "$@" && exit 0
            # systemd knows only that it ended; what it said tells why.
            tail --lines 5 "$directory/output.log" >&2
            exit 1
            """,
            arguments: [
                unit, directory, "\(now)", passwordOption, part.passwordFile ?? "", title,
                part.metrics,
            ]
            .map(Command.Word.plain)
                // systemd would put variables of its own in.
                + program.command(part).map { .plain($0.replacing("$", with: "$$")) }
        )
    }

    /// What systemd and `prov jobs` call it.
    private var title: String { "stress \(part.stress.name) (\(program.name))" }

    private var passwordOption: String {
        part.passwordFile == nil ? "" : program.passwordOption ?? ""
    }

    /// Asks how the unit stands, and for what it has logged since; read the answer with
    /// ``status(from:)``.
    ///
    /// Not as root: each `sudo` is a login session, whose making disturbs what is measured.
    ///
    /// - Parameter place: How many bytes of the log are here already.
    /// - Returns: The call.
    func poll(from place: Int) -> RemoteCall {
        var call = RemoteCall(
            [
                "bash", "-euo", "pipefail", "-s", "--", .plain(unit), .plain(output),
                .plain(log ?? "/dev/null"), .plain("\(place + 1)"),
            ],
            input: """
                # look at the load tool
                systemctl show --property LoadState,ActiveState,SubState,Result,ExecMainStatus "$1"
                echo --
                # what leads elsewhere, and what has no end, is not read
                regular() { [ -f "$1" ] && [ ! -L "$1" ]; }
                if regular "$2"; then tail --bytes 65536 "$2" 2>/dev/null | tail --lines 5 || true; fi
                printf '\\n-- log\\n'
                if regular "$3"; then { tail --bytes "+$4" "$3" | head --bytes 4194304; } 2>/dev/null || true; fi

                """,
            timeLimit: .seconds(20)
        )
        call.outputLimit = 8 << 20
        return call
    }

    /// Reads the answer of ``poll(from:)``.
    func status(from text: String) -> Status {
        let halves = text.split(
            separator: "\n-- log\n",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        let parts = halves[0].split(
            separator: "--\n",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        var fields: [Substring: Substring] = [:]
        for line in parts[0].split(separator: "\n") {
            let words = line.split(separator: "=", maxSplits: 1)
            if words.count == 2 { fields[words[0]] = words[1] }
        }
        let lines = parts.count > 1 ? parts[1].split(separator: "\n").map(String.init) : []
        let log = halves.count > 1 ? String(halves[1]) : ""
        return Status(
            state: state(fields),
            lastLines: Self.wasEnded(fields) ? [] : lines,
            log: log
        )
    }

    /// Whether a signal from elsewhere ended it, of which its last lines tell nothing.
    private static func wasEnded(_ fields: [Substring: Substring]) -> Bool {
        // Those that a program's own fault raises: SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV.
        let ofFaults = ["4", "5", "6", "7", "8", "11"]
        return fields["Result"] == "signal" && fields["ActiveState"] == "failed"
            && !ofFaults.contains(String(fields["ExecMainStatus"] ?? ""))
    }

    private func state(_ fields: [Substring: Substring]) -> Status.State {
        let code = fields["ExecMainStatus"] ?? "unknown"
        switch (fields["LoadState"], fields["ActiveState"], fields["SubState"], fields["Result"]) {
        case ("loaded", "active", "exited", "success"): return .succeeded
        case ("loaded", "active", _, _), ("loaded", "activating", _, _),
            ("loaded", "deactivating", _, _):
            return .running
        case ("loaded", _, _, "signal"), ("loaded", _, _, "core-dump"):
            return .failed("ended early: killed by signal \(code)")
        case ("loaded", _, _, "exit-code"):
            let meaning = Int(code).flatMap { program.meaning(ofStatus: $0) }
            return .failed("failed: exit status \(code)" + (meaning.map { ", " + $0 } ?? ""))
        case ("loaded", _, _, let result?): return .failed("ended early: \(result)")
        default: return .failed("is gone: was the node rebooted?")
        }
    }

    /// Prints what the tool says came of it; nothing if it was killed before it could.
    ///
    /// `nil` for a tool that says nothing.
    var readResult: RemoteCall? {
        guard let result else { return nil }
        let script = """
            [ -e "$1" ] || [ -L "$1" ] || exit 0
            [ -f "$1" ] && [ ! -L "$1" ] || { echo "is not a regular file" >&2; exit 1; }
            exec cat "$1"
            """
        var call = RemoteCall.root(["sh", "-c", .plain(script), "sh", .plain(result)]).repeatable
            .named("read \(result)")
        call.outputLimit = Self.resultLimit
        return call
    }

    /// Stops the tool if it still runs, and forgets the unit; its files stay.
    var stop: RemoteCall {
        .script(
            """
            # stop the load tool
            systemctl stop "$1" 2>/dev/null || true
            systemctl reset-failed "$1" 2>/dev/null || true
            """,
            arguments: [.plain(unit)]
        )
    }

    /// Ends what a script that was killed left running on a client.
    ///
    /// Loaders outlive the script that started them, and two loads at once measure nothing.
    static let endLeftovers = RemoteCall.script(
        """
        # end loads of an earlier script
        systemctl stop 'prov-stress-*.service'
        systemctl reset-failed 'prov-stress-*.service' 2>/dev/null || true
        rm -rf /var/lib/prov/stress
        """
    )

    /// Deletes the run's files on the client, after they were fetched.
    var clean: RemoteCall { .root(["rm", "-rf", .plain(directory)]) }
}

extension Duration {
    /// This duration in seconds.
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
