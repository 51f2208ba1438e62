/// What runs on the clients and makes a load: what a deployment must know to install, start and judge it.
///
/// Every requirement is a value or a pure function, as with ``System``: the deployment decides when
/// each runs. Each client gets its part of one load, as a unit of systemd that outlives a dropped
/// connection. What a conformer does not say has a default.
public protocol LoadProgram: Sendable {
    /// As errors and trials name it, such as `bench load`.
    var name: String { get }
    /// The executable on the clients, a path or a name in `PATH`; its digest tells builds apart.
    var executable: String { get }
    /// What must be on every client.
    var needs: [ClientNeed] { get }
    /// The option behind which the file with the servers' password is added, where a client has one.
    var passwordOption: String? { get }
    /// How long before the first request it is begun, to connect by then; 2 s at least.
    var preparation: Duration { get }
    /// Whether it sends at the rate asked for; one that does not sends as fast as replies come.
    var keepsRate: Bool { get }
    /// Whether its requests are due at random moments of the rate asked for, not evenly.
    var isRandom: Bool { get }

    /// Fails if it cannot play this on so many clients, before anything runs.
    func check(_ stress: Stress, clients: Int) throws

    /// What runs on the first server before the clients begin, such as making a table; `nil` for nothing.
    func before(_ stress: Stress, servers: Int) -> RemoteCall?

    /// What runs on the first server when the clients have ended, however they did, if ``before`` has
    /// run; `nil` for nothing.
    func after(_ stress: Stress, servers: Int) -> RemoteCall?

    /// The command line of one client's part, which runs as root.
    func command(_ part: LoadPart) -> [String]

    /// What it leaves in its folder.
    func files(of stress: Stress) -> LoadFiles

    /// What an exit status other than 0 means, to stand behind the status; `nil` if that is all.
    func meaning(ofStatus status: Int) -> String?
}

/// What holds for a program that says nothing else.
extension LoadProgram {
    /// Its executable.
    public var needs: [ClientNeed] { [.program(executable)] }
    /// It takes no password in this way.
    public var passwordOption: String? { nil }
    /// The units start and connect within 2 s.
    public var preparation: Duration { .seconds(2) }
    /// It does.
    public var keepsRate: Bool { true }
    /// Requests are due evenly.
    public var isRandom: Bool { false }
    /// It plays all.
    public func check(_ stress: Stress, clients: Int) throws {}
    /// Nothing.
    public func before(_ stress: Stress, servers: Int) -> RemoteCall? { nil }
    /// Nothing.
    public func after(_ stress: Stress, servers: Int) -> RemoteCall? { nil }
    /// The log and the result of `bench load`.
    public func files(of stress: Stress) -> LoadFiles { LoadFiles() }
    /// The status is all.
    public func meaning(ofStatus status: Int) -> String? { nil }
}

/// Something that a load program needs on every client.
public enum ClientNeed: Sendable, Hashable {
    /// A program that is there, by its path or its name in `PATH`.
    case program(String)
    /// A Debian package.
    case package(String)
    /// A local file that is copied to a path on the client, where root can run it.
    case upload(String, to: String)

    /// What must be there before a load: a program or file; `nil` for a package, whose programs tell.
    var path: String? {
        switch self {
        case .program(let path), .upload(_, let path): path
        case .package: nil
        }
    }
}

/// What a load program leaves in its folder on the client, by name.
///
/// The file `output.log`, with all that it printed, is always there.
public struct LoadFiles: Sendable, Hashable {
    /// The HdrHistogram log, without which a trial is worth nothing; `nil` if it writes none.
    public var log: String?
    /// What came of it, as `bench load` writes it; `nil` if it says nothing of itself.
    public var result: String?

    /// Names the files, by default those of `bench load`.
    public init(log: String? = "log.hdr", result: String? = "result.json") {
        self.log = log
        self.result = result
    }
}

/// One client's part in a stress, as a load program must know it.
public struct LoadPart: Sendable, Hashable {
    /// The whole load, of all clients together.
    public let stress: Stress
    /// This client's place among the clients, from 0.
    public let place: Int
    /// How many clients there are; each plays every N-th request, or its share of the rate.
    public let clients: Int
    /// The servers, `HOST:PORT`, the first one first.
    public let servers: [String]
    /// When the first request is due, in seconds since 1970-01-01 UTC; the same for all clients.
    public let start: Double
    /// The folder on the client that holds all that it writes.
    public let folder: String
    /// Where the client keeps the servers' password; it may have none yet.
    public let passwordFile: String?

    /// The path of the HdrHistogram log, under the name that ``LoadFiles`` has for it.
    public var log: String { "\(folder)/log.hdr" }
    /// The path of the result.
    public var result: String { "\(folder)/result.json" }
    /// The path under which the client's node exporter finds figures, which go with the end.
    public var metrics: String {
        let run = folder.split(separator: "/").last.map(String.init) ?? ""
        return "\(MachineFigures.folder)/stress-\(run).prom"
    }
    /// The seed of its random numbers: each client has its own, and a rerun has the same.
    public var seed: Int { Self.seed(of: place) }

    static func seed(of place: Int) -> Int { place + 1 }

    /// The servers without their ports.
    var hosts: [String] { servers.map { String($0[..<($0.lastIndex(of: ":") ?? $0.endIndex)]) } }

    /// Which of so many things, counted from 0, are this client's: no two clients have one of them.
    func share(of all: Int) -> Range<Int> {
        func first(_ place: Int) -> Int {
            all / clients * place + all % clients * place / clients
        }
        return first(place)..<first(place + 1)
    }
}
