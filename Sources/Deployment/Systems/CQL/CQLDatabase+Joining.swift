public import DeploymentState
import Foundation
import Shell

/// How servers join and leave a ring, and what one says of itself.
extension CQLDatabase {
    /// It has tables of its own.
    public func isMember(_ node: Node) -> RemoteCall? {
        .script(
            """
            # was this server in a ring before
            compgen -G "$1/data/system/local-*" >/dev/null
            """,
            arguments: [.plain(product.dataDirectory)]
        )
    }

    /// Has a server that lost its data take its old place, if those that are up still know it.
    ///
    /// The seed bootstraps, too, when others are up: it then has one of them as its seed.
    public func beforeStart(_ node: Node, through up: [Node]) -> RemoteCall? {
        .script(
            """
            # take this server's place in the ring, or a new one
            own=$1 settings=$2 file=$3 key=$4 by=$5 seed=${6:-}
            sed -i "/^$key/d" "$file"
            [ -n "$seed" ] || exit 0
            grep -qE "seeds: *.?$seed.?( |$)" "$settings" ||
                sed -i "s/^\\( *- seeds: *\\)[^#]*/\\1\\"$seed\\"  /; s/^\\( *- seeds: .*[^ ]\\) *$/\\1/" "$settings"
            lost=$(cqlsh --request-timeout 10 --execute 'SELECT JSON peer, host_id FROM system.peers' "$seed" 9042 </dev/null |
                sed -n "s/.*\\"peer\\": \\"$own\\".*\\"host_id\\": \\"\\([^\\"]*\\)\\".*/\\1/p")
            [ -n "$lost" ] || exit 0
            [ "$by" = id ] || lost=$own
            echo "$key$lost" >>"$file"
            """,
            arguments: [
                node.privateIP, product.settingsFile, product.replacingFile, product.replacing,
                product.replacesByID ? "id" : "address", up.first?.privateIP ?? "",
            ]
            .map(Command.Word.plain)
        )
    }

    /// Prints who is in the ring.
    public func standing(_ node: Node) -> RemoteCall? { RemoteCall(["nodetool", "status"]) }

    /// Has the first server remove those that are down and no servers of the deployment any more.
    ///
    /// The rows of each are copied anew first.
    public func join(_ servers: [Node], standing answers: [Node: String]) -> JoinStep? {
        guard let first = servers.first, let answer = answers[first] else { return nil }
        let own = Set(servers.map(\.privateIP))
        let calls = answer.split(separator: "\n")
            .map { $0.split(separator: " ").map(String.init) }
            .filter { $0.count > 2 && $0[0] == "DN" && !own.contains($0[1]) }
            .compactMap { row in row.first { UUID(uuidString: $0) != nil } }
            .map { RemoteCall(["nodetool", "removenode", .plain($0)], timeLimit: startLimit) }
        return calls.isEmpty ? nil : JoinStep(calls: [first: calls])
    }

    /// Prints its version and its settings in force, a line of JSON each.
    public func inForce(_ node: Node) -> RemoteCall {
        .script(
            """
            # ask \(name) what is in force
            \(Self.ask)
            ask "$2"
            ask "$3"
            """,
            arguments: [
                .plain(node.privateIP), .plain(product.version),
                .plain("SELECT JSON name, value FROM \(product.settingsTable)"),
            ],
            timeLimit: .seconds(25)
        )
        .repeatable
    }

    /// Reads the answer of ``inForce(_:)``.
    ///
    /// - Throws: ``DatabaseError/unreadable(_:_:)``.
    public func inForce(from answer: String) throws -> InForce {
        var version: String?
        var settings: [String: String] = [:]
        for line in answer.split(separator: "\n") {
            let text = line.trimmingCharacters(in: .whitespaces)
            guard text.hasPrefix("{") else { continue }
            // cqlsh shows a backslash as two.
            let json = Data(text.replacing(#"\\"#, with: #"\"#).utf8)
            let row = try? JSONDecoder().decode([String: String?].self, from: json)
            guard let row else { throw DatabaseError.unreadable(name, String(text.prefix(200))) }
            if let name = row["name"] ?? nil {
                settings[name] = Self.plain((row["value"] ?? nil) ?? "")
            } else {
                version = row.values.compactMap { $0 }.first
            }
        }
        guard let version, !settings.isEmpty else {
            throw DatabaseError.unreadable(name, String(answer.prefix(200)))
        }
        return InForce(version: version, settings: settings)
    }

    /// A text without the quotes that Scylla has around its strings.
    private static func plain(_ value: String) -> String {
        value.count > 1 && value.hasPrefix("\"") && value.hasSuffix("\"")
            ? String(value.dropFirst().dropLast()) : value
    }
}
