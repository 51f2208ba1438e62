import Shell

/// scylla-bench at a fixed rate: its latencies by time of being due, from its own HdrHistogram log.
///
/// Each client has its share of the rows to write and of the rate to keep, and begins at the same moment.
/// It divides the rate among its threads in whole numbers, so only such rates are played that it divides
/// without a rest.
///
/// Of its releases, 1.2.0 to 1.3.2 write no latencies to the log: a load with one of them fails and says
/// so. 0.3.6 does.
public struct ScyllaBench: LoadProgram {
    /// `scylla-bench`.
    public let name = "scylla-bench"
    /// Found in `PATH`, or where the user's own was copied to.
    public var executable: String { file == nil ? name : "/opt/prov/\(name)" }
    /// The tool, which is one static file.
    public var needs: [ClientNeed] {
        [file.map { .upload($0, to: executable) } ?? .program(executable)]
    }

    private let file: String?
    private let replicas: Int
    private let consistency: String
    private let threads: Int

    /// Makes the program.
    ///
    /// - Parameters:
    ///   - file: The local path of the executable, which is copied to the clients; `nil` if their image
    ///     has it.
    ///   - replicas: On how many servers each row is to be; no more than there are.
    ///   - consistency: How many of them must answer, such as `ONE` or `QUORUM`.
    ///   - threads: Of each client; each has one request under way at most.
    public init(
        file: String? = nil,
        replicas: Int = 3,
        consistency: String = "QUORUM",
        threads: Int = 50
    ) {
        self.file = file
        self.replicas = replicas
        self.consistency = consistency
        self.threads = threads
    }

    /// Fails for a rate that its threads cannot divide, a mixture other than of halves, and keys that are
    /// not drawn evenly.
    public func check(_ stress: Stress, clients: Int) throws {
        guard case .rate(let rate, _) = stress.pace else { return }
        let each = threads * clients
        guard rate.truncatingRemainder(dividingBy: Double(each)) == 0 else {
            throw Misuse.unplayable(
                "divides \"\(BenchLoad.decimal(rate))\" requests per second among "
                    + "\(threads) threads on each of \(clients) clients; give a multiple of \(each)",
                by: name,
                of: stress.name
            )
        }
        guard [0, 0.5, 1].contains(stress.writeFraction) else {
            throw Misuse.unplayable(
                "sends reads, writes, or half of each, \"\(stress.writeFraction)\"; give 0, 0.5 or 1",
                by: name,
                of: stress.name
            )
        }
        guard stress.keys == .uniform else {
            throw Misuse.unplayable("draws keys evenly only", by: name, of: stress.name)
        }
    }

    /// It says nothing of itself that a program reads; a populating load leaves no log.
    public func files(of stress: Stress) -> LoadFiles {
        LoadFiles(log: stress.pace == .everyKeyOnce ? nil : "log.hdr", result: nil)
    }

    /// As it and its wrapper have them.
    public func meaning(ofStatus status: Int) -> String? {
        switch status {
        case 1: "a write failed"
        case 2: "it could not begin"
        case Int(Self.noEnd): "it did not come to its end"
        case Int(Self.noLog):
            "its log has no latencies: releases 1.2.0 to 1.3.2 write none, take 0.3.6"
        default: nil
        }
    }

    private static let noEnd: Int32 = 70  // EX_SOFTWARE of sysexits.h
    private static let noLog: Int32 = 65  // EX_DATAERR

    /// Makes keyspace and table; a populating load writes no commit log.
    public func before(_ stress: Stress, servers: Int) -> RemoteCall? {
        stress.pace == .everyKeyOnce ? schema.make(replicas: min(replicas, servers)) : nil
    }

    /// Has writes go through the commit log again.
    public func after(_ stress: Stress, servers: Int) -> RemoteCall? {
        stress.pace == .everyKeyOnce ? schema.writesLast : nil
    }

    /// As the tool makes them itself, where they are missing.
    private var schema: CQLSchema {
        CQLSchema(
            program: name,
            keyspace: "scylla_bench",
            table: "test (pk bigint, ck bigint, v blob, PRIMARY KEY (pk, ck)) WITH compression = {}"
        )
    }

    /// Bash with a script around the tool, whose status alone does not say whether it was interrupted.
    public func command(_ part: LoadPart) -> [String] {
        ["bash", "-uo", "pipefail", "-c", Self.play, executable, part.folder, "\(part.start)"]
            + words(part)
    }

    private func words(_ part: LoadPart) -> [String] {
        let stress = part.stress
        let servers = part.servers.count
        let common = [
            "-nodes", part.hosts.joined(separator: ","),
            "-replication-factor", "\(min(replicas, servers))",
            "-consistency-level", consistency.lowercased(),
            "-connection-count", "\(max(1, stress.connectionsPerClient / servers))",
            "-timeout", "\(stress.requestTimeout.inSeconds)s",
            "-clustering-row-count", "1", "-clustering-row-size", "\(stress.content.valueBytes)",
        ]
        guard case .rate(let rate, let duration) = stress.pace else {
            let own = part.share(of: stress.content.keyCount)
            return ["", "-mode", "write", "-workload", "sequential"] + [
                "-partition-offset", "\(own.lowerBound)", "-partition-count", "\(own.count)",
                "-concurrency", "\(min(threads, own.count))", "-error-limit", "1",
            ] + common
        }
        let mode = [0: "read", 1: "write"][stress.writeFraction] ?? "mixed"
        return [Self.tags(of: mode), "-mode", mode, "-workload", "uniform"] + [
            "-partition-count", "\(stress.content.keyCount)",
            "-duration", "\(duration.inSeconds)s",
            "-max-rate", "\(Int(rate) / part.clients)", "-concurrency", "\(threads)",
            "-retry-number", "0",
        ] + common
    }

    /// What makes its log ours: a script of `sed`, by which each request stands in it once.
    ///
    /// `co-fixed` counts from the time of being due, and `raw` from sending. Of a mixture it logs the sum
    /// beside its parts.
    private static func tags(of mode: String) -> String {
        let base = #"s/^#\[Basetime:/#[BaseTime:/"#
        guard mode == "mixed" else {
            let tag = mode.uppercased()
            return "\(base); s/^Tag=co-fixed,/Tag=\(tag)-rt,/; s/^Tag=raw,/Tag=\(tag)-st,/"
        }
        return base + "; /^Tag=(co-fixed|raw),/d"
            + ["read", "write"].map { kind in
                "; s/^Tag=co-fixed-\(kind),/Tag=\(kind.uppercased())-rt,/"
                    + "; s/^Tag=raw-\(kind),/Tag=\(kind.uppercased())-st,/"
            }.joined()
    }

    /// Its status is 0 also when it was interrupted, and when it logged nothing.
    static let play = """
        # play a load by scylla-bench
        folder=$1 start=$2 tags=$3; shift 3
        sleep "$(awk -v start="$start" -v now="$(date +%s.%N)" 'BEGIN { print (start > now ? start - now : 0) }')"
        if [ -n "$tags" ]; then
            mkfifo "$folder/pipe"
            trap 'kill $(jobs -p) 2>/dev/null' EXIT
            # It holds the pipe open itself, for the tool may open it twice, and so meets no end but this word.
            sed --unbuffered --regexp-extended -e '/^end$/Q' -e "$tags" <>"$folder/pipe" >"$folder/log.hdr" &
            set -- "$@" -hdr-latency-file "$folder/pipe"
        fi
        "$0" "$@" || exit $?
        if [ -n "$tags" ]; then
            echo end 1<>"$folder/pipe"
            wait
        fi
        grep -q '^Total ops:' "$folder/output.log" && ! grep -qx interrupted "$folder/output.log" || exit \(noEnd)
        [ -z "$tags" ] || grep -q '^Tag=' "$folder/log.hdr" || exit \(noLog)
        """
}
