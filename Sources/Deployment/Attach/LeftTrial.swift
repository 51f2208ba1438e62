import DeploymentState
import Usage

/// A trial whose script is gone, and whose load may still run.
struct LeftTrial: Sendable {
    let directory: String
    /// What its `trial.json` says.
    let record: TrialRecord
    let running: RunningTrial

    /// The runs that belong to it.
    private var runs: Set<String> { Set(running.stresses.map(\.run)) }

    /// The trial to go on with.
    ///
    /// - Parameters:
    ///   - label: What the script calls its trial.
    ///   - runs: The clients on which a load is, by its run.
    ///   - trials: Those of this deployment that have not ended, in any order.
    ///   - broken: What is wrong with the files of others, which may be the one.
    ///   - place: Where they were looked for.
    ///   - deployment: The deployment's name.
    /// - Returns: The only one that all of these runs belong to.
    /// - Throws: ``AttachError``.
    static func choose(
        _ label: String,
        runs: [String: [String]],
        among trials: [LeftTrial],
        broken: [AttachError] = [],
        in place: String,
        of deployment: String
    ) throws(AttachError) -> LeftTrial {
        guard !runs.isEmpty else { throw .nothingRuns(deployment: deployment) }
        let owners = trials.filter { !$0.runs.isDisjoint(with: runs.keys) }
        guard owners.count == 1, let owner = owners.first, owner.runs.isSuperset(of: runs.keys)
        else {
            for run in runs.keys.sorted() {
                let claiming = owners.filter { $0.runs.contains(run) }.map(\.directory)
                if claiming.count > 1 { throw .claimed(run: run, trials: claiming.sorted()) }
            }
            if !broken.isEmpty, !Set(trials.flatMap(\.runs)).isSuperset(of: runs.keys) {
                throw .broken(
                    broken.map(\.description),
                    clients: Set(runs.values.joined()).sorted()
                )
            }
            guard runs.count > 1 else {
                throw .noTrial(
                    clients: runs.values.flatMap(\.self).sorted(),
                    place: place,
                    deployment: deployment
                )
            }
            throw .several(runs.mapValues { $0.sorted() }, deployment: deployment)
        }
        guard owner.record.label == label else {
            throw .otherLabel(label, trial: owner.directory, label: owner.record.label)
        }
        return owner
    }

    /// Fails unless the deployment is as it was when the trial was begun.
    func check(id: String, nodes: [Node], system: String) throws(AttachError) {
        guard record.deploymentId == id else {
            throw .changed(directory, ["the deployment was made anew since"])
        }
        let now = Dictionary(uniqueKeysWithValues: nodes.map { ($0.name, $0.privateIP) })
        var changes: [String] = []
        for name in Set(now.keys).union(running.nodes.keys).sorted() {
            switch (running.nodes[name], now[name]) {
            case (nil, _): changes.append("\(name) is new")
            case (_, nil): changes.append("\(name) is gone")
            case (let before, let after) where before != after:
                changes.append("\(name) has another address")
            default: continue
            }
        }
        if record.database != system {
            changes.append("its servers ran \(record.database), and the script takes \(system)")
        }
        guard changes.isEmpty else { throw .changed(directory, changes) }
    }
}

/// Why a script cannot go on with a load; nothing was changed.
public enum AttachError: Error, Hashable, CustomStringConvertible {
    /// No load is on any client.
    case nothingRuns(deployment: String)
    /// Loads of several trials, or of none, by their runs.
    case several([String: [String]], deployment: String)
    /// No trial here has begun it.
    case noTrial(clients: [String], place: String, deployment: String)
    /// Several trials say that a load is theirs.
    case claimed(run: String, trials: [String])
    /// No trial here has begun it, but for those whose files cannot be read; what is wrong with each.
    case broken([String], clients: [String])
    /// A trial's file cannot be read, in the words of whoever tried.
    case unreadable(String)
    /// A trial's file says what no trial has written; the key is a path, and empty for the whole.
    case altered(path: String, key: String, problem: String)
    /// The load's trial has another label than the script's.
    case otherLabel(String, trial: String, label: String)
    /// The deployment is not what it was.
    case changed(String, [String])
    /// The script asks for another load than the one that runs.
    case otherLoad(String, [String])

    /// What was found and the remedy.
    public var description: String {
        switch self {
        case .nothingRuns(let deployment):
            "no load is on the clients of \(deployment): it was ended, or they were started again; "
                + "begin a trial without --attach"
        case .several(let runs, let deployment):
            "\(runs.count) loads are on the clients of \(deployment), and they are of no one trial: "
                + runs.sorted { $0.key < $1.key }
                .map { "\($0.key) on \($0.value.joined(separator: ", "))" }.joined(separator: "; ")
                + "; end them with: prov jobs \(deployment) --stop"
        case .noTrial(let clients, let place, let deployment):
            "a load is on \(clients.joined(separator: ", ")), and no trial in \(place) has begun it: was its "
                + "directory removed, or did its script run in another directory? Go there, or end the "
                + "load with: prov jobs \(deployment) --stop"
        case .claimed(let run, let trials):
            "\(trials.joined(separator: " and ")) say that they have begun the load \(run): one is a copy; "
                + "move it away, and attach again"
        case .broken(let problems, let clients):
            "a load is on \(clients.joined(separator: ", ")), and goes on; its trial may be one of which a file "
                + "is no good: \(problems.joined(separator: "; "))"
        case .unreadable(let problem): problem
        case .altered(let path, let key, let problem):
            "\(path): \(key.isEmpty ? "" : "\"\(key)\" ")\(problem): the record was altered"
        case .otherLabel(let asked, let trial, let label):
            "the load is of \(trial), whose label is \"\(label)\" and not \"\(asked)\": give --label \(label)"
        case .changed(let trial, let changes):
            "\(trial): the deployment is not what it was when this trial was begun: "
                + changes.joined(separator: ", ") + "; begin a trial without --attach"
        case .otherLoad(let name, let differences):
            "stress \(name): the one that runs is another: " + differences.joined(separator: ", ")
                + "; give the script the words with which it was begun"
        }
    }
}
