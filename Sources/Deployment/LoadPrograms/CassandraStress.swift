import Shell

/// cassandra-stress at a fixed rate: its own intervals by time of being due, from its own HdrHistogram log.
///
/// Each client has its share of the rows to write and of the rate to keep. It begins when its JVM has
/// started, some seconds after the others or before them; its log says when.
public struct CassandraStress: LoadProgram {
    /// `cassandra-stress`.
    public let name = "cassandra-stress"
    /// Found in `PATH`.
    public let executable = "cassandra-stress"
    /// The tool, and the packages that bring it.
    public var needs: [ClientNeed] { packages.map(ClientNeed.package) + [.program(executable)] }
    /// Its JVM starts, it makes connections, and sleeps two seconds.
    public let preparation = Duration.seconds(8)

    private let packages: [String]
    private let replicas: Int
    private let consistency: String
    private let threads: Int

    /// Makes the program.
    ///
    /// - Parameters:
    ///   - packages: What brings it; empty if the clients' image has it.
    ///   - replicas: On how many servers each row is to be; no more than there are.
    ///   - consistency: How many of them must answer, such as `ONE` or `QUORUM`.
    ///   - threads: Of each client; each has one request under way at most.
    public init(
        packages: [String] = [],
        replicas: Int = 3,
        consistency: String = "QUORUM",
        threads: Int = 200
    ) {
        self.packages = packages
        self.replicas = replicas
        self.consistency = consistency
        self.threads = threads
    }

    /// Fails for a rate that is no whole number or below the number of clients, and for empty values.
    public func check(_ stress: Stress, clients: Int) throws {
        if case .rate(let rate, _) = stress.pace {
            guard rate == rate.rounded() else { throw Misuse.wholeRate(rate, of: stress.name) }
            // A share of 0 would mean no limit.
            guard rate >= Double(clients) else {
                throw Misuse.rateBelowClients(rate, clients: clients, of: stress.name)
            }
        }
        guard stress.content.valueBytes > 0 else { throw Misuse.emptyValues(of: stress.name) }
    }

    /// It says nothing of itself that a program reads; a populating load leaves no log.
    public func files(of stress: Stress) -> LoadFiles {
        LoadFiles(log: stress.pace == .everyKeyOnce ? nil : "log.hdr", result: nil)
    }

    /// As its wrapper has them.
    public func meaning(ofStatus status: Int) -> String? {
        status == Int(Self.noEnd) ? "it did not come to its end" : nil
    }

    private static let noEnd: Int32 = 70  // EX_SOFTWARE of sysexits.h

    /// Makes keyspace and table; a populating load writes no commit log.
    public func before(_ stress: Stress, servers: Int) -> RemoteCall? {
        guard stress.pace == .everyKeyOnce else { return nil }
        return schema.make(replicas: min(replicas, servers))
    }

    /// Has writes go through the commit log again.
    public func after(_ stress: Stress, servers: Int) -> RemoteCall? {
        guard stress.pace == .everyKeyOnce else { return nil }
        return schema.writesLast
    }

    private var schema: CQLSchema {
        CQLSchema(
            program: name,
            keyspace: "keyspace1",
            table: "standard1 (key blob PRIMARY KEY, \"C0\" blob)"
        )
    }

    /// Bash with a script around the tool, whose status alone says nothing.
    public func command(_ part: LoadPart) -> [String] {
        ["bash", "-uo", "pipefail", "-c", Self.play, executable, part.folder] + words(part)
    }

    private func words(_ part: LoadPart) -> [String] {
        let stress = part.stress
        let keys = stress.content.keyCount
        let common = [
            "-col", "n=FIXED(1)", "size=FIXED(\(stress.content.valueBytes))",
            "-mode", "native", "cql3", "-node", part.hosts.joined(separator: ","),
            "-errors", "retries=0", "ignore",
        ]
        guard case .rate(let rate, let duration) = stress.pace else {
            let own = part.share(of: keys)
            return [
                "write", "no-warmup", "n=\(own.count)", "cl=\(consistency)",
                "-pop", "seq=\(own.lowerBound + 1)..\(own.upperBound)", "-rate",
                "threads=\(threads)",
            ] + common
        }
        let own = part.share(of: Int(rate)).count
        return operation(stress.writeFraction) + [
            "no-warmup", "duration=\(Int(duration.inSeconds.rounded(.up)))s", "cl=\(consistency)",
            "-pop", "dist=\(stress.keys.rawValue == "gauss" ? "GAUSSIAN" : "UNIFORM")(1..\(keys))",
            "-rate", "threads=\(threads)", "fixed=\(own)/s",
        ] + common + ["-log", "interval=1s", "hdrfile=\(part.log)"]
    }

    private func operation(_ writes: Double) -> [String] {
        let parts = Int((writes * 1_000).rounded())
        switch parts {
        case 0: return ["read"]
        case 1_000: return ["write"]
        default: return ["mixed", "ratio(write=\(parts),read=\(1_000 - parts))"]
        }
    }

    /// Its status is 0 also when it failed; it says `END` when it did not.
    static let play = """
        # play a load by cassandra-stress
        folder=$1; shift
        "$0" "$@" || exit $?
        grep -qx END "$folder/output.log" && ! grep -qx FAILURE "$folder/output.log" || exit \(noEnd)
        """
}
