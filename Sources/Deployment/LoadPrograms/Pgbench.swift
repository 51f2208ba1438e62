/// PostgreSQL's own load tool at a fixed rate, its log made into ours by the time of being due.
///
/// Each client's pgbench begins transactions at random moments of its share of the rate, so that all
/// clients together are as random as one. Its log tells of each when it was due, so latencies are
/// exact. A read fetches one account, a write changes the balance of one; all go to the first server.
public struct Pgbench: LoadProgram {
    /// `pgbench`.
    public let name = "pgbench"
    /// Debian's.
    public let executable = "/usr/lib/postgresql/15/bin/pgbench"
    /// The server's package, which holds pgbench, and the project's tool, which reads its log.
    public let needs: [ClientNeed] = [
        .package("postgresql-15"), .program("/usr/lib/postgresql/15/bin/pgbench"),
        .program(BenchLoad.tool),
    ]
    /// pgbench's `--rate` draws the times between requests from an exponential distribution.
    public let isRandom = true

    /// pgbench makes accounts by so many.
    private static let accounts = 100_000
    /// As TPC-B has them; pgbench makes no others.
    private static let rowBytes = 100
    /// It starts a process on the server for each connection.
    public let preparation = Duration.seconds(5)

    /// It plays so many seconds before the first that counts, of those that connecting leaves.
    private static let lead = 4.0
    /// It plays so many seconds behind the last that counts, to work off what was due by then.
    private static let tail = 2.0

    /// Makes the program; it has no choices.
    public init() {}

    /// Fails for rows that pgbench cannot make.
    public func check(_ stress: Stress, clients: Int) throws {
        let content = stress.content
        guard content.keyCount.isMultiple(of: Self.accounts) else {
            throw Misuse.pgbenchKeys(content.keyCount, of: stress.name)
        }
        guard content.valueBytes == Self.rowBytes else {
            throw Misuse.pgbenchBytes(content.valueBytes, of: stress.name)
        }
    }

    /// A populating load leaves what pgbench prints; the rows themselves are counted.
    public func files(of stress: Stress) -> LoadFiles {
        stress.pace == .everyKeyOnce ? LoadFiles(log: nil, result: nil) : LoadFiles()
    }

    /// As its manual has them under "Exit Status".
    public func meaning(ofStatus status: Int) -> String? {
        switch status {
        case 1: "it could not begin or go on"
        case 2: "a statement failed or a connection broke"
        default: nil
        }
    }

    /// Bash with one of two scripts.
    public func command(_ part: LoadPart) -> [String] {
        let stress = part.stress
        let address = part.servers.first ?? ""
        let colon = address.lastIndex(of: ":") ?? address.endIndex
        let connection = [
            "--host", address[..<colon].filter { !"[]".contains($0) }, "--port",
            String(address[colon...].dropFirst()), "--username", "postgres", "postgres",
        ]
        let shell = ["bash", "-euo", "pipefail", "-c"]
        guard case .rate(let rate, let duration) = stress.pace else {
            // pgbench fills from one place.
            guard part.place == 0 else { return ["true"] }
            let scale = stress.content.keyCount / Self.accounts
            return shell + [Self.fill, executable, part.passwordFile ?? "", "--scale", "\(scale)"]
                + connection
        }
        let writes = Int((stress.writeFraction * 1_000).rounded())
        let seconds = Int((duration.inSeconds + Self.lead + Self.tail).rounded(.up))
        let own = BenchLoad.decimal(rate / Double(part.clients))
        let draw =
            switch stress.keys {
            case .uniform: "random(1, \(stress.content.keyCount))"
            // A sixth of the range, as with our own load tool.
            case .gauss: "random_gaussian(1, \(stress.content.keyCount), 3)"
            }
        let told: [(String, String)] = [
            ("start-at", "\(part.start)"), ("duration", "\(duration.inSeconds)"),
            ("rate", BenchLoad.decimal(rate)), ("part", "\(part.place + 1)/\(part.clients)"),
            ("keys", "\(stress.content.keyCount)"), ("distribution", stress.keys.rawValue),
            ("write-fraction", "\(stress.writeFraction)"),
            ("connections", "\(stress.connectionsPerClient)"), ("seed", "\(part.seed)"),
            ("log", part.log), ("result", part.result),
        ]
        let given: [(String, String)] = [
            ("rate", own), ("time", "\(seconds)"), ("client", "\(stress.connectionsPerClient)"),
            ("jobs", "1"), ("random-seed", "\(part.seed)"), ("progress", "1"),
            ("file", "read.sql@\(1_000 - writes)"), ("file", "write.sql@\(writes)"),
        ]
        return shell + [
            Self.play, executable, part.passwordFile ?? "", part.folder,
            "\(part.start - Self.lead)", draw, BenchLoad.tool,
            told.map { "--\($0.0) \($0.1)" }.joined(separator: " "), "--no-vacuum", "--log",
            "--log-prefix", "\(part.folder)/transactions",
        ] + given.flatMap { ["--" + $0.0, $0.1] } + connection
    }

    /// Makes the accounts anew.
    static let fill = """
        # fill PostgreSQL by pgbench
        export PGPASSWORD PGSSLMODE=disable
        PGPASSWORD=$(cat "$1")
        exec "$0" --initialize --quiet "${@:2}"
        """

    /// Plays a part, then makes its log ours.
    ///
    /// `\\gset` fails unless there is just one row. It goes before other programs, as our own load tool.
    static let play = """
        # play a load by pgbench
        password=$1 folder=$2 start=$3 draw=$4 tool=$5 told=$6
        shift 6
        export PGPASSWORD PGSSLMODE=disable
        PGPASSWORD=$(cat "$password")
        cd "$folder"
        cat >read.sql <<END
        \\\\set aid $draw
        SELECT abalance FROM pgbench_accounts WHERE aid = :aid \\\\gset
        END
        cat >write.sql <<END
        \\\\set aid $draw
        \\\\set delta random(-5000, 5000)
        UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid RETURNING abalance \\\\gset
        END
        sleep "$(awk -v start="$start" -v now="$(date +%s.%N)" 'BEGIN { print (start > now ? start - now : 0) }')"
        first=()
        ! chrt --fifo 1 true 2>/dev/null || first=(chrt --fifo 1)
        "${first[@]}" "$0" "$@"
        times >times
        # Its words hold no blanks.
        "$tool" pgbench transactions.* --processor-times "$(tail -n 1 times)" $told
        """
}
