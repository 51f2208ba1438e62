private import Glibc
internal import Histogram
internal import Usage

/// Where the logs of a stress lie while it runs: `TRIAL/stress/STRESS/LOADER/live.log`, which the script
/// that runs it copies from the loaders, and removes at its end.
struct LiveStress: Hashable {
    private static let fileName = "live.log"
    private static let trialName = "trial.json"

    /// The stress's name.
    let name: String
    /// The logs, in the order of the loaders.
    let logs: [String]

    /// Whether the script still copies.
    var isRunning: Bool { logs.contains { access($0, F_OK) == 0 } }

    /// Finds the running stresses of a trial, or of the newest trial of a deployment that has any.
    ///
    /// - Parameters:
    ///   - name: A deployment, or the directory of a trial.
    ///   - folder: Where trials are kept.
    /// - Returns: The stresses, in the order of their names; at least one.
    /// - Throws: ``WatchError/none(of:searched:)``, ``SummaryError`` for a folder that cannot be read.
    static func all(of name: String, in folder: String = "trials") throws -> [LiveStress] {
        if access("\(name)/\(trialName)", F_OK) == 0 {
            let found = try all(in: name)
            guard !found.isEmpty else { throw WatchError.none(of: name, searched: name) }
            return found
        }
        let deployment = "\(folder)/\(name)"
        guard access(deployment, F_OK) == 0 else {
            throw WatchError.none(of: name, searched: deployment)
        }
        // their names begin with the time
        for trial in try LogFiles.names(in: deployment).reversed() {
            let found = try all(in: "\(deployment)/\(trial)")
            if !found.isEmpty { return found }
        }
        throw WatchError.none(of: name, searched: deployment)
    }

    private static func all(in trial: String) throws(SummaryError) -> [LiveStress] {
        let folder = "\(trial)/stress"
        guard access(folder, F_OK) == 0 else { return [] }
        var found: [LiveStress] = []
        for stress in try LogFiles.names(in: folder) {
            let loaders = try LogFiles.names(in: "\(folder)/\(stress)")
            let paths: [String] = loaders.map { "\(folder)/\(stress)/\($0)/\(fileName)" }
            let logs = paths.filter { access($0, F_OK) == 0 }
            if !logs.isEmpty { found.append(LiveStress(name: stress, logs: logs)) }
        }
        return found
    }
}

extension LiveStress {
    /// Finds the running stresses, and waits for the first as long as a script works on the deployment.
    ///
    /// - Parameters:
    ///   - name: A deployment, or the directory of a trial.
    ///   - lock: The deployment's.
    ///   - folder: Where trials are kept.
    ///   - waits: Whether to wait at all.
    ///   - say: Gets a line before it waits.
    /// - Returns: The stresses; at least one.
    /// - Throws: ``WatchError``, ``SummaryError`` for a folder that cannot be read.
    static func begun(
        of name: String,
        lock: ScriptLock,
        in folder: String = "trials",
        waits: Bool,
        say: (String) -> Void
    ) async throws -> [LiveStress] {
        var hasSaid = false
        while true {
            // asked before the search: who lets go of it has removed its logs
            let holder = lock.holder
            do {
                let found = try all(of: name, in: folder)
                switch holder {
                // left by a script that is gone: shown as that
                case .died, .unknown, .nobody: return found
                case .works:
                    // what a script left that was killed before
                    let own = found.filter { !$0.logs.allSatisfy(lock.isYounger(than:)) }
                    guard own.isEmpty else { return own }
                    throw WatchError.none(of: name, searched: folder)
                }
            } catch WatchError.none(let name, let searched) {
                switch holder {
                case .unknown, .nobody: throw WatchError.none(of: name, searched: searched)
                case .died(let who): throw WatchError.died(name, who: who)
                case .works(let who):
                    guard waits else { throw WatchError.notBegun(name, who: who) }
                    if !hasSaid { say("\(printable(name)): \(who) does not load it yet; waiting") }
                    hasSaid = true
                }
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }
}

/// Why there is nothing to watch.
enum WatchError: Error, Hashable, CustomStringConvertible {
    /// No stress runs.
    case none(of: String, searched: String)
    /// A script is at work that has not begun to load.
    case notBegun(String, who: String)
    /// The script was killed.
    case died(String, who: String)
    /// A stress of which nothing new has come for so many seconds.
    case silent(String, seconds: Int)

    /// The place, what is wrong, and the remedy.
    var description: String {
        switch self {
        case .none(let name, let searched):
            "\(printable(name)): nothing loads it now (looked in \(printable(searched))): "
                + "start a script, or run this in the directory where the script was started"
        case .notBegun(let name, let who):
            "\(printable(name)): \(who) does not load it yet"
        case .died(let name, let who):
            "\(printable(name)): nothing loads it now: \(who) died"
        case .silent(let stress, let seconds):
            "\(printable(stress)): nothing new for \(seconds) s: was the script killed?"
        }
    }
}
