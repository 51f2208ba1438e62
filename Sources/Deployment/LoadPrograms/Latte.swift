import Shell

/// latte at a fixed rate, with a workload of rows of a number and a blob.
///
/// Each client has its share of the rows to write and of the rate to keep, and begins at the same moment.
/// latte passes over what it could not begin in time, and counts latencies from the moment at which it
/// began a request: its log has service times (`-st`) alone. It does not tell reads from writes in a
/// mixture. It ends at the first statement that fails, except where servers are overloaded.
public struct Latte: LoadProgram {
    /// `latte`.
    public let name = "latte"
    /// Found in `PATH`, or where the user's own was copied to.
    public var executable: String { file == nil ? name : "/opt/prov/\(name)" }
    /// The tool, which is one file.
    public var needs: [ClientNeed] {
        [file.map { .upload($0, to: executable) } ?? .program(executable)]
    }

    private let file: String?
    private let replicas: Int
    private let consistency: String
    private let concurrency: Int

    /// Makes the program.
    ///
    /// - Parameters:
    ///   - file: The local path of the executable, which is copied to the clients; `nil` if their image
    ///     has it.
    ///   - replicas: On how many servers each row is to be; no more than there are.
    ///   - consistency: How many of them must answer, such as `ONE` or `QUORUM`.
    ///   - concurrency: How many requests each client may have under way.
    public init(
        file: String? = nil,
        replicas: Int = 3,
        consistency: String = "QUORUM",
        concurrency: Int = 128
    ) {
        self.file = file
        self.replicas = replicas
        self.consistency = consistency
        self.concurrency = concurrency
    }

    /// Fails for keys that are not drawn evenly.
    public func check(_ stress: Stress, clients: Int) throws {
        if case .rate = stress.pace, stress.keys != .uniform {
            throw Misuse.unplayable("draws keys evenly only", by: name, of: stress.name)
        }
    }

    /// It says nothing of itself that a program reads; a populating load leaves no log.
    public func files(of stress: Stress) -> LoadFiles {
        LoadFiles(log: stress.pace == .everyKeyOnce ? nil : "log.hdr", result: nil)
    }

    /// As its `main` has them, and its wrapper.
    public func meaning(ofStatus status: Int) -> String? {
        switch status {
        case 128: "it could not connect, or a statement failed"
        case 255: "its workload could not be run, or rows could not be written"
        case Int(Self.noLog): "it left no report that it can make a log of"
        default: nil
        }
    }

    private static let noLog: Int32 = 65  // EX_DATAERR of sysexits.h

    /// Makes keyspace and table; a populating load writes no commit log.
    public func before(_ stress: Stress, servers: Int) -> RemoteCall? {
        stress.pace == .everyKeyOnce ? schema.make(replicas: min(replicas, servers)) : nil
    }

    /// Has writes go through the commit log again.
    public func after(_ stress: Stress, servers: Int) -> RemoteCall? {
        stress.pace == .everyKeyOnce ? schema.writesLast : nil
    }

    private var schema: CQLSchema {
        CQLSchema(
            program: name,
            keyspace: "latte",
            table: "prov (id bigint PRIMARY KEY, data blob)"
        )
    }

    /// Bash with a script around the tool.
    public func command(_ part: LoadPart) -> [String] {
        let stress = part.stress
        let shell = ["bash", "-euo", "pipefail", "-c", Self.play, executable, part.folder]
        let connection = [
            "--consistency", consistency, "--connections",
            "\(max(1, stress.connectionsPerClient / part.servers.count))",
            "--request-timeout", "\(stress.requestTimeout.inSeconds)s",
            "--concurrency", "\(concurrency)", "--quiet",
            "-P", "bytes=\(stress.content.valueBytes)",
        ]
        let places = ["\(part.folder)/prov.rn"] + part.hosts
        guard case .rate(let rate, let duration) = stress.pace else {
            let own = part.share(of: stress.content.keyCount)
            return shell + ["\(part.start)", "", "load"] + connection + [
                "-P", "first=\(own.lowerBound)", "-P", "count=\(own.count)",
            ] + places
        }
        let writes = stress.writeFraction
        let operation = [0: "READ", 1: "WRITE"][writes] ?? "MIXED"
        let functions = [("read", 1 - writes), ("write", writes)].filter { $0.1 > 0 }
        return shell + ["\(part.start)", operation, "run"] + connection + [
            "-P", "rows=\(stress.content.keyCount)", "--warmup", "0",
            "--rate", BenchLoad.decimal(rate / Double(part.clients)),
            "--duration", "\(Int(duration.inSeconds.rounded(.up)))s",
            // The key follows from the number of the cycle; each client has others.
            "--start-cycle", "\(part.place << 40)", "--retries", "0",
            "--function",
            functions.map { "\($0.0):\(BenchLoad.decimal($0.1))" }.joined(separator: ","),
            "--output", "\(part.folder)/report.json",
        ] + places
    }

    /// Its report becomes a log, of which the latencies of whole cycles are ours.
    static let play = """
        # play a load by latte
        folder=$1 start=$2 operation=$3; shift 3
        cat >"$folder/prov.rn" <<'END'
        const BYTES = latte::param!("bytes", 100);
        const FIRST = latte::param!("first", 0);
        const COUNT = latte::param!("count", 1);
        const ROWS = latte::param!("rows", 1);

        pub async fn prepare(ctx) {
            ctx.load_cycle_count = COUNT;
            ctx.prepare("write", "INSERT INTO latte.prov (id, data) VALUES (?, ?)").await?;
            ctx.prepare("read", "SELECT data FROM latte.prov WHERE id = ?").await?;
        }

        pub async fn load(ctx, i) {
            ctx.execute_prepared("write", [FIRST + i, latte::blob(FIRST + i, BYTES)]).await?
        }

        pub async fn read(ctx, i) {
            ctx.execute_prepared("read", [latte::hash_range(i, ROWS)]).await?
        }

        pub async fn write(ctx, i) {
            ctx.execute_prepared("write", [latte::hash_range(i, ROWS), latte::blob(i, BYTES)]).await?
        }
        END
        sleep "$(awk -v start="$start" -v now="$(date +%s.%N)" 'BEGIN { print (start > now ? start - now : 0) }')"
        "$0" --log-dir "$folder" "$@"
        [ -n "$operation" ] || exit 0
        "$0" --log-dir "$folder" hdr --output "$folder/cycles.hdr" "$folder/report.json" || exit \(noLog)
        sed --quiet "s/^Tag=cycles,/Tag=$operation-st,/; /^Tag=requests,/!p" "$folder/cycles.hdr" >"$folder/log.hdr"
        """
}
