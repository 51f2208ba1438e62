import FoundationEssentials

/// A deployment whose machines are on this host, as its template's program `deployments` tells it,
/// whether or not its state directory is still there.
struct HostDeployment: Sendable, Hashable {
    /// The eight hexadecimal digits that tell it from others of the same name.
    let id: String
    /// Empty if nothing tells.
    let name: String
    /// Whose it is; empty if nothing tells.
    let owner: String
    /// When it was made; `nil` if nothing tells.
    let created: Moment?
    /// When it ends itself; `nil` if it stays until deprovisioned, or nothing tells.
    let expiry: Moment?
    /// Where its state directory was; empty if nothing tells.
    let directory: String
    /// The names of its machines, sorted.
    let nodes: [String]
    /// How many of them run.
    let running: Int

    /// The name, `-` and the id; the id alone without a name.
    var key: String { name.isEmpty ? id : "\(name)-\(id)" }

    /// Whether its end was due.
    func isExpired(at now: Moment = .now) -> Bool { expiry.map { $0.date <= now.date } ?? false }

    /// Reads what the program prints: a line for each, its fields with tabs between.
    ///
    /// - Throws: ``ProvError/badOutput(_:)`` for a line that is none.
    static func read(_ text: String) throws(ProvError) -> [HostDeployment] {
        var deployments: [HostDeployment] = []
        for line in text.split(separator: "\n") {
            guard let deployment = HostDeployment(line) else {
                throw .badOutput(["the program \"deployments\" prints \"\(line.prefix(80))\""])
            }
            deployments.append(deployment)
        }
        return deployments.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }

    private init?(_ line: Substring) {
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map {
            $0 == "-" ? "" : String($0)
        }
        guard fields.count == 8, fields[0].count == 8, let running = Int(fields[7]) else {
            return nil
        }
        id = fields[0]
        name = fields[1]
        owner = fields[2]
        created = Self.moment(fields[3])
        expiry = Self.moment(fields[4])
        directory = fields[5]
        nodes = fields[6].split(separator: " ").map(String.init).sorted()
        self.running = running
    }

    /// Anything else, such as "never", is no time.
    private static func moment(_ text: String) -> Moment? {
        (try? Date(text, strategy: .iso8601)).map { Moment(date: $0) }
    }
}
