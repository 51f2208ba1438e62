/// Redis's own `redis-benchmark`: as many requests as the load has, as fast as replies come.
///
/// It keeps no rate and tells no latencies by the time of being due, so what it says is how much the
/// servers take, and a trial with it is questionable. It has keys of its own: for reads let a load of
/// writes go before. What it found stands in each client's `output.log`, as CSV.
public struct RedisBenchmark: LoadProgram {
    /// `redis-benchmark`.
    public let name = "redis-benchmark"
    /// Debian's, in root's `PATH`.
    public let executable = "redis-benchmark"
    /// Debian's package, and the program in it.
    public let needs: [ClientNeed] = [.package("redis-tools"), .program("redis-benchmark")]
    /// Each of its connections sends the next request when the reply to the last has come.
    public let keepsRate = false

    private let words: [String]

    /// Makes the program.
    ///
    /// - Parameter words: More of its own options, such as `["-P", "16"]` for pipelines of 16 requests.
    public init(_ words: [String] = []) { self.words = words }

    /// Fails for what it cannot play: it draws evenly, and sends reads or writes, not both in a mixture.
    public func check(_ stress: Stress, clients: Int) throws {
        guard case .rate = stress.pace else {
            throw Misuse.unplayable("cannot write every key once", by: name, of: stress.name)
        }
        guard [0, 1].contains(stress.writeFraction) else {
            let fraction = "\"\(stress.writeFraction)\""
            throw Misuse.unplayable(
                "sends reads or writes and no mixture, \(fraction); give 0 or 1",
                by: name,
                of: stress.name
            )
        }
        guard stress.keys == .uniform else {
            throw Misuse.unplayable("draws keys evenly only", by: name, of: stress.name)
        }
    }

    /// It writes no log, and no result as `bench load` does.
    public func files(of stress: Stress) -> LoadFiles { LoadFiles(log: nil, result: nil) }

    /// Bash with ``play``.
    public func command(_ part: LoadPart) -> [String] {
        let stress = part.stress
        var requests = 0
        if case .rate(let rate, let duration) = stress.pace {
            let share = rate * duration.inSeconds / Double(part.clients)
            requests = max(1, Int(share.rounded(.up)))
        }
        let address = part.servers.first ?? ""
        let colon = address.lastIndex(of: ":") ?? address.endIndex
        return [
            "bash", "-euo", "pipefail", "-c", Self.play, executable, part.passwordFile ?? "",
            "\(part.start)", "--cluster", "-h", address[..<colon].filter { !"[]".contains($0) },
            "-p",
            String(address[colon...].dropFirst()), "-t", stress.writeFraction == 1 ? "set" : "get",
            "-n", "\(requests)", "-c", "\(stress.connectionsPerClient)", "-d",
            "\(stress.content.valueBytes)", "-r", "\(stress.content.keyCount)", "--csv",
        ] + words
    }

    /// Begins at the same moment on all clients.
    ///
    /// It takes a password in its words alone, which others on the client can see while it runs.
    static let play = """
        # play a load by redis-benchmark
        password=$1 start=$2
        shift 2
        [ ! -s "$password" ] || set -- -a "$(cat "$password")" "$@"
        sleep "$(awk -v start="$start" -v now="$(date +%s.%N)" 'BEGIN { print (start > now ? start - now : 0) }')"
        exec "$0" "$@"
        """
}
