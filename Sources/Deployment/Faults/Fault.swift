public import DeploymentState
import Usage

/// Something that goes wrong on one node, for a while, and is then taken back.
public struct Fault: Sendable, Hashable {
    /// What goes wrong.
    enum Kind: Sendable, Hashable {
        case pause
        case kill
        case partition(from: [Node])
        case slowNetwork(bitsPerSecond: Int)
        case fullDisk
        case processors(Int)
    }

    /// The node that it happens to.
    public let node: Node
    let kind: Kind

    /// The database's processes stop where they are, and go on afterwards.
    public static func pause(_ node: Node) -> Fault { Fault(node: node, kind: .pause) }

    /// The database is killed, and started again afterwards; systemd does not start it before.
    public static func kill(_ node: Node) -> Fault { Fault(node: node, kind: .kill) }

    /// Nothing reaches the node from the others, nor they from it; other ways to it stay open.
    ///
    /// - Parameters:
    ///   - node: The node.
    ///   - others: Whom it no longer reaches, at least one.
    /// - Returns: The fault.
    public static func partition(_ node: Node, from others: [Node]) -> Fault {
        Fault(node: node, kind: .partition(from: others.filter { $0 != node }))
    }

    /// The node sends no faster than this, to anybody; what exceeds it waits or is dropped.
    ///
    /// - Parameters:
    ///   - node: The node.
    ///   - bitsPerSecond: From 100,000 on, so that the node can still be reached.
    /// - Returns: The fault.
    public static func slowNetwork(_ node: Node, bitsPerSecond: Int) -> Fault {
        Fault(node: node, kind: .slowNetwork(bitsPerSecond: bitsPerSecond))
    }

    /// The file system of the database's data has no room left.
    ///
    /// Refused where that file system is one of the host's, which would be full for everybody.
    public static func fullDisk(_ node: Node) -> Fault { Fault(node: node, kind: .fullDisk) }

    /// The database has only so many processors, at least 1.
    public static func processors(_ node: Node, _ count: Int) -> Fault {
        Fault(node: node, kind: .processors(count))
    }

    /// What happens in a few words, such as `server-1: the database is paused`.
    var text: String { "\(node.name): \(event)" }

    private var event: String {
        switch kind {
        case .pause: "the database is paused"
        case .kill: "the database is killed"
        case .partition(let others):
            "cut off from \(others.map(\.name).joined(separator: ", "))"
        case .slowNetwork(let rate): "sends at most \(rate.withCommas) bit/s"
        case .fullDisk: "the disk is full"
        case .processors(let count): "the database has \(count.of("processor"))"
        }
    }

    /// The word for its kind in `trial.json`.
    var word: String {
        switch kind {
        case .pause: "pause"
        case .kill: "kill"
        case .partition: "partition"
        case .slowNetwork: "slow_network"
        case .fullDisk: "full_disk"
        case .processors: "processors"
        }
    }

    /// Checks that it can mean what it says.
    ///
    /// - Throws: ``FaultError/meaningless(_:problem:)``.
    func check(database: any System) throws(FaultError) {
        let problem: String?
        switch kind {
        case .partition(let others) where others.isEmpty: problem = "name whom it no longer reaches"
        case .slowNetwork(let rate) where rate < 100_000:
            problem = "\"\(rate)\" bit/s; give 100,000 or more, or the node cannot be reached"
        case .processors(let count) where count < 1:
            problem = "\"\(count)\" processors; give 1 or more"
        case .pause, .kill, .fullDisk, .processors:
            problem = node.group == "server" ? nil : "only servers run a database"
        default: problem = nil
        }
        if let problem { throw .meaningless(text, problem: problem) }
    }
}

/// A fault that cannot be injected, or that was not.
public enum FaultError: Error, Hashable, CustomStringConvertible {
    /// There is no trial to which it would belong.
    case outsideOfTrial(String)
    /// It cannot mean what it says.
    case meaningless(String, problem: String)
    /// It begins before the load, or lasts no time.
    case times(String, at: Duration, for: Duration)
    /// It would end behind the load, or there is no schedule from which its time counts.
    case outlasts(String, stress: String)

    /// The fault and the remedy.
    public var description: String {
        switch self {
        case .outsideOfTrial(let fault):
            "fault \"\(fault)\": call inject within measure, on the deployment that it gives you"
        case .meaningless(let fault, let problem): "fault \"\(fault)\": \(problem)"
        case .times(let fault, let at, let length):
            "fault \"\(fault)\": begins at \"\(at.inSeconds) s\" for \"\(length.inSeconds) s\"; it begins "
                + "at 0 s or later, counted from the first request, and lasts 0.1 s or longer"
        case .outlasts(let fault, let stress):
            "fault \"\(fault)\": must end before the load \(stress), whose rate and length are fixed"
        }
    }
}
