public import Usage

/// A call that cannot mean what it says, refused before anything runs.
public enum Misuse: Error, Hashable, CustomStringConvertible {
    /// A stress's name is no plain file name.
    case stressName(String)
    /// A trial's label is no plain file name.
    case label(String)
    /// Requests per second out of range, or no number.
    case rate(Double, of: String)
    /// A load that lasts no time at all, or longer than a year.
    case duration(Duration, of: String)
    /// A share of writes that is no share.
    case writeFraction(Double, of: String)
    /// No connection, or more than a process can have.
    case connections(Int, of: String)
    /// A time limit that lets no request succeed.
    case requestTimeout(Duration, of: String)
    /// No request under way, or more than the load tool keeps.
    case maxOutstanding(Int, of: String)
    /// No key, or more than key names have digits for.
    case keyCount(Int, of: String)
    /// Values of a size that no request can carry.
    case valueBytes(Int, of: String)
    /// Some clients would have no key to write.
    case fewerKeysThanClients(keys: Int, clients: Int, of: String)
    /// The deployment has no client to run the load tool on.
    case noClients(of: String)
    /// The deployment has no server to load.
    case noServers(of: String)
    /// A word that should be a setting has no name, or no `=`.
    case setting(String)
    /// No system has that name.
    case system(String)
    /// The system keeps nothing that could be filled, snapshotted or restored.
    case noDatasets(system: String)
    /// pgbench makes accounts by the 100,000.
    case pgbenchKeys(Int, of: String)
    /// pgbench makes rows of 100 bytes.
    case pgbenchBytes(Int, of: String)
    /// A load program cannot play what is asked; `problem` stands behind its name.
    case unplayable(_ problem: String, by: String, of: String)
    /// cassandra-stress keeps whole numbers of requests per second.
    case wholeRate(Double, of: String)
    /// Some clients would have no share of the rate.
    case rateBelowClients(Double, clients: Int, of: String)
    /// cassandra-stress writes values of one byte at least.
    case emptyValues(of: String)
    /// The system is neither Scylla nor Cassandra.
    case noCQL(system: String)
    /// No load program is known for the system.
    case noLoad(system: String)
    /// A probe that is too short to tell anything, or would never end.
    case probe(Duration)
    /// What should be copied is no local folder.
    case noFolder(String)
    /// A path on a node that would depend on who logs in there.
    case relativePath(String)

    /// The place, the value found, and what would be right.
    public var description: String {
        switch self {
        case .stressName(let name):
            "stress name \"\(name)\" must be letters, digits, \".\", \"_\" and \"-\", "
                + "beginning with a letter or digit, because it names a folder"
        case .label(let label):
            "label \"\(label)\" must be letters, digits, \".\", \"_\" and \"-\", "
                + "beginning with a letter or digit, because it names a folder"
        case .rate(let rate, let stress):
            "stress \(stress): \"\(rate)\" requests per second; "
                + "give a number from 0.000001 to 10,000,000"
        case .duration(let duration, let stress):
            "stress \(stress): lasts \"\(duration.inSeconds) s\"; "
                + "give more than 0 s, and a year at most"
        case .writeFraction(let fraction, let stress):
            "stress \(stress): write fraction \"\(fraction)\"; give a share from 0 to 1"
        case .connections(let count, let stress):
            "stress \(stress): \"\(count)\" connections per client; give 1 to 100,000"
        case .requestTimeout(let timeout, let stress):
            "stress \(stress): requests fail after \"\(timeout.inSeconds) s\"; "
                + "give more than 0 s, and a year at most"
        case .maxOutstanding(let count, let stress):
            "stress \(stress): \"\(count)\" requests under way per client; give 1 to 100,000,000"
        case .keyCount(let count, let stress):
            "stress \(stress): \"\(count)\" keys; give 1 to 1,000,000,000,000"
        case .valueBytes(let count, let stress):
            "stress \(stress): values of \"\(count)\" bytes; give 0 to 536,870,912"
        case .fewerKeysThanClients(let keys, let clients, let stress):
            "stress \(stress): \"\(keys)\" keys for \(clients) clients; "
                + "give as many keys as there are clients, or take fewer clients"
        case .noClients(let stress):
            "stress \(stress): the deployment has no client; provision with client_count above 0"
        case .noServers(let stress):
            "stress \(stress): the deployment has no server; provision with server_count above 0"
        case .setting(let word):
            "\"\(word)\" is no setting: write NAME=VALUE, or NAME= to remove one"
        case .system(let name):
            "no system \"\(name)\"\(Suggestion.hint(for: name, among: Systems.names)): there are "
                + Systems.names.joined(separator: ", ")
        case .noDatasets(let system):
            "\(system) has no datasets: it cannot be filled, snapshotted or restored"
        case .pgbenchKeys(let count, let stress):
            "stress \(stress): \"\(count)\" keys; pgbench makes them by the 100,000: "
                + "give a multiple of that"
        case .pgbenchBytes(let count, let stress):
            "stress \(stress): values of \"\(count)\" bytes; pgbench makes rows of 100"
        case .unplayable(let problem, let program, let stress):
            "stress \(stress): \(program) \(problem)"
        case .wholeRate(let rate, let stress):
            "stress \(stress): \"\(rate)\" requests per second; cassandra-stress takes whole numbers"
        case .rateBelowClients(let rate, let clients, let stress):
            "stress \(stress): \"\(rate)\" requests per second for \(clients) clients; "
                + "give one for each client at least"
        case .emptyValues(let stress):
            "stress \(stress): values of \"0\" bytes; cassandra-stress writes one at least"
        case .noCQL(let system):
            "\(system) has neither nodetool nor cqlsh: the servers must run scylla or cassandra"
        case .noLoad(let system):
            "no load program is known for \(system): give one of your own, run(_:with:into:)"
        case .probe(let length):
            "a probe of \"\(length.inSeconds) s\"; give 4 s to 3600 s"
        case .noFolder(let path):
            "\"\(path)\" is no folder here; give one, with what is to be copied in it"
        case .relativePath(let path):
            "\"\(path)\" is a relative path; on a node begin it with \"/\""
        }
    }

    /// Whether a name can be a folder's: letters, digits, `.`, `_`, `-`, not first a mark.
    static func isPlain(_ name: String) -> Bool {
        let isStart = name.first.map { $0.isASCII && ($0.isLetter || $0.isNumber) } ?? false
        return isStart && name.utf8.count <= 100
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }
}

extension Arguments {
    /// Returns an option's word that names a folder, or `standard` if it was not given.
    ///
    /// - Throws: ``Misuse/label(_:)``.
    public func plain(_ name: String, default standard: String) throws -> String {
        guard let word = value(name) else { return standard }
        guard Misuse.isPlain(word) else { throw Misuse.label(word) }
        return word
    }
}

extension Stress {
    private static let aYear = Duration.seconds(31_536_000)

    /// Checks that the load tool can do this on so many nodes.
    ///
    /// - Throws: ``Misuse`` with the first fault.
    func check(clients: Int, servers: Int) throws(Misuse) {
        guard Misuse.isPlain(name) else { throw .stressName(name) }
        guard clients > 0 else { throw .noClients(of: name) }
        guard servers > 0 else { throw .noServers(of: name) }
        guard (1...1_000_000_000_000).contains(content.keyCount) else {
            throw .keyCount(content.keyCount, of: name)
        }
        guard (0...536_870_912).contains(content.valueBytes) else {
            throw .valueBytes(content.valueBytes, of: name)
        }
        switch pace {
        case .rate(let rate, let duration):
            // NaN is in no range.
            guard (0.000_001...10_000_000).contains(rate) else { throw .rate(rate, of: name) }
            guard duration > .zero, duration <= Self.aYear else {
                throw .duration(duration, of: name)
            }
        case .everyKeyOnce:
            guard content.keyCount >= clients else {
                throw .fewerKeysThanClients(keys: content.keyCount, clients: clients, of: name)
            }
        }
        guard (0...1).contains(writeFraction) else {
            throw .writeFraction(writeFraction, of: name)
        }
        guard (1...100_000).contains(connectionsPerClient) else {
            throw .connections(connectionsPerClient, of: name)
        }
        guard requestTimeout > .zero, requestTimeout <= Self.aYear else {
            throw .requestTimeout(requestTimeout, of: name)
        }
        guard (1...100_000_000).contains(maxOutstandingPerClient) else {
            throw .maxOutstanding(maxOutstandingPerClient, of: name)
        }
    }
}
