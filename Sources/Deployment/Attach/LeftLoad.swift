import DeploymentState
import Foundation
import Usage

/// A load on the clients that no script follows.
struct LeftLoad: Sendable, Hashable {
    /// Tells its units from all others.
    var run: String
    /// In words, such as `stress mixed (bench load)`.
    var what: String
    /// Where it is.
    var clients: [String]
    /// Whether it still runs on one of them.
    var runs: Bool
    /// For how many seconds; `nil` if no client says it.
    var seconds: Int?

    /// The loads that clients show, in the order of their runs.
    static func all(in jobs: [String: [Job]]) -> [LeftLoad] {
        var loads: [String: LeftLoad] = [:]
        for (node, jobs) in jobs {
            for job in jobs {
                guard let run = job.run else { continue }
                let isRunning = job.state == "runs"
                var load =
                    loads[run]
                    ?? LeftLoad(run: run, what: job.what, clients: [], runs: false, seconds: nil)
                load.clients.append(node)
                load.runs = load.runs || isRunning
                if isRunning, let seconds = job.seconds {
                    load.seconds = max(load.seconds ?? 0, seconds)
                }
                loads[run] = load
            }
        }
        return loads.values.sorted { $0.run < $1.run }
            .map { load in
                var load = load
                load.clients.sort()
                return load
            }
    }

    /// Whether it fills the servers, which leaves nothing that a script could go on with.
    var isPopulating: Bool { what.hasPrefix("stress populate (") }
}

/// What a script says of the loads that it finds, and whether it may begin.
struct LoadsFound: Sendable, Hashable {
    /// Those that it would end, or whose servers it would change: each in words, with the ways out.
    var inTheWay: [String] = []
    /// Those that have ended and that nobody fetched, in words.
    var unfetched: [String] = []

    /// Judges loads.
    ///
    /// - Parameters:
    ///   - loads: What is on the clients.
    ///   - trials: Those of this deployment that have not ended.
    ///   - place: Where they were looked for.
    ///   - deployment: The deployment's name.
    ///   - now: In seconds since 1970.
    ///   - goingOn: With what the script goes on.
    init(
        _ loads: [LeftLoad],
        of trials: [LeftTrial],
        in place: String,
        of deployment: String,
        now: Double,
        goingOn: GoingOn
    ) {
        for load in loads where !load.isPopulating {
            let clients = load.clients.joined(separator: ", ")
            let stop = "end it with: prov jobs \(deployment) --stop"
            guard let trial = trials.first(where: { $0.stress(of: load.run) != nil }) else {
                // One that has ended is told of by `prov jobs`; nobody can go on with it.
                guard load.runs else { continue }
                let since = load.seconds.map { " since \(Job.words($0))" } ?? ""
                inTheWay.append(
                    "\(load.what) runs on \(clients)\(since), and no trial in \(place) has begun it: go to the "
                        + "directory where its script ran and go on with it by --attach, or \(stop)"
                )
                continue
            }
            let script = trial.running.script
            guard load.runs else {
                guard let line = script?.attachLine else { continue }
                unfetched.append(
                    "\(trial.directory): its load has ended, and nobody has fetched it; "
                        + "until the next load begins it can be, with: \(line)"
                )
                continue
            }
            if goingOn == .row, script?.attaches == false { continue }
            let left = trial.stress(of: load.run)?.left(at: now)
            let time = left.map { $0 > 0 ? ", for \(Job.words($0)) more" : ", and is at its end" }
            let way =
                switch script {
                case let script? where script.attaches:
                    "go on with it by: \(script.attachLine ?? "")"
                case let script?: "wait for its end, go on with \(script.command) by its --resume"
                case nil:
                    "go on with it by the script's words with --attach --label \(trial.record.label)"
                }
            inTheWay.append(
                "\(trial.directory): its \(load.what) runs on \(clients)\(time ?? ""), and its script is gone: "
                    + "\(way), or \(stop)"
            )
        }
    }
}

/// Loads that a script would have ended, or whose servers it would have changed; nothing was touched.
struct LoadInTheWay: Error, Hashable, CustomStringConvertible {
    let loads: [String]

    var description: String {
        "nothing was touched, for it would spoil a load that runs\n"
            + loads.joined(separator: "\n")
    }
}

extension LeftTrial {
    /// The stress that a run on the clients is of; `nil` if it is none of this trial's.
    fileprivate func stress(of run: String) -> RunningStress? {
        running.stresses.first { $0.run == run }
    }

    /// The trials of a folder that have not ended; one whose files are damaged is none to go on with.
    fileprivate static func all(in place: String) -> [LeftTrial] {
        // No folder, no trials.
        ((try? Files.list(place)) ?? []).compactMap { name in
            let directory = "\(place)/\(name)"
            guard let bytes = try? Files.bytes(of: "\(directory)/\(RunningTrial.fileName)"),
                let running = try? JSONDecoder().decode(RunningTrial.self, from: Data(bytes)),
                let record = try? TrialRecord(in: directory)
            else { return nil }
            return LeftTrial(directory: directory, record: record, running: running)
        }
    }
}

extension RunningStress {
    /// How many seconds it still has; `nil` if that depends on the servers.
    fileprivate func left(at now: Double) -> Int? {
        stress.duration.map { Int(max(0, (start + $0.inSeconds - now).rounded(.up))) }
    }
}

extension Deployment {
    /// Fails, before anything is touched, while a load runs that another script began and left.
    ///
    /// What has ended and was not fetched is only said. A load that fills the servers is nothing to go on
    /// with: whoever fills them again ends it.
    ///
    /// - Throws: ``LoadInTheWay``, and ``FanOutError`` with every client that does not answer.
    func spareLoads(goingOn: GoingOn, in folder: String = "trials") async throws {
        guard goingOn != .trial else { return }
        let jobs = try await onEach(clients) { Job.read(try await $0.execute(JobCalls.list)) }
        let byName = Dictionary(uniqueKeysWithValues: jobs.map { ($0.key.name, $0.value) })
        let place = "\(folder)/\(state.name)"
        let found = LoadsFound(
            LeftLoad.all(in: byName),
            of: LeftTrial.all(in: place),
            in: place,
            of: state.name,
            now: Date().timeIntervalSince1970,
            goingOn: goingOn
        )
        for line in found.unfetched { progress.say(line) }
        guard found.inTheWay.isEmpty else { throw LoadInTheWay(loads: found.inTheWay) }
    }
}
