internal import Posix
internal import Usage

/// Which server of a Redis Cluster serves which hash slots.
package struct ClusterSlots: Sendable, Hashable {
    /// No cluster has more: beyond it, gossip takes all the network.
    static let mostServers = 1_000
    /// No name of a host is longer, in bytes.
    private static let longestHost = 253

    /// The servers that serve at least one slot, each once, in the order of their first slot.
    package private(set) var servers: [NodeAddress] = []
    /// For each hash slot an index into ``servers``, or -1 if no server serves it.
    package private(set) var owners = [Int16](repeating: -1, count: HashSlot.count)

    /// What is wrong with a reply.
    enum Fault: Error, Hashable, CustomStringConvertible {
        case unknownShape
        case tooManyServers

        var description: String {
            switch self {
            case .unknownShape: "the reply to CLUSTER SLOTS has an unknown shape"
            case .tooManyServers:
                "the reply to CLUSTER SLOTS names more than \(mostServers.grouped) servers"
            }
        }
    }

    /// Reads the reply to `CLUSTER SLOTS`.
    ///
    /// - Parameters:
    ///   - reply: The reply.
    ///   - asked: The server that gave it; it leaves its own host out if it does not know it.
    /// - Throws: ``Fault``.
    init(_ reply: RESPValue, asked: NodeAddress) throws(Fault) {
        guard case .array(let ranges) = reply else { throw .unknownShape }
        for (number, range) in ranges.enumerated() {
            // Each has a slot of its own; more would take longer to read than anybody waits.
            guard number < HashSlot.count else { throw .unknownShape }
            guard case .array(let parts) = range, parts.count >= 3,
                case .number(let first) = parts[0], case .number(let last) = parts[1],
                case .array(let server) = parts[2], server.count >= 2,
                case .number(let portNumber) = server[1], let port = UInt16(exactly: portNumber),
                0 <= first, first <= last, last < HashSlot.count
            else { throw .unknownShape }
            var host = asked.host
            if case .text(let text) = server[0], !text.isEmpty, text != "?" { host = text }
            guard host.utf8.count <= Self.longestHost else { throw .unknownShape }
            let address = NodeAddress(host: host, port: port)
            let index = servers.firstIndex(of: address) ?? servers.count
            if index == servers.count {
                guard index < Self.mostServers else { throw .tooManyServers }
                servers.append(address)
            }
            for slot in first...last { owners[slot] = Int16(index) }
        }
    }

    /// How many slots no server serves.
    package var unserved: Int { owners.count { $0 < 0 } }

    /// So long may it take to look up all names of a reply, which are many if it means harm.
    private static let longestLookUp: Int64 = 10_000_000_000

    /// Replaces each server's name by its IP address; may block for some seconds.
    ///
    /// - Throws: ``LoadError`` for a name that nobody knows, and if all together take too long.
    func resolved() throws(LoadError) -> ClusterSlots {
        var copy = self
        let deadline = SystemClock.now + Self.longestLookUp
        for index in servers.indices where !servers[index].isNumeric {
            guard SystemClock.now < deadline else {
                throw .answer(
                    "\(servers[index])",
                    problem:
                        "the names in the reply to CLUSTER SLOTS take longer than 10 s to look up"
                )
            }
            copy.servers[index] = try servers[index].resolved()
        }
        return copy
    }
}
