private import Glibc
internal import Histogram
internal import Posix

/// The lock of a deployment, which the script that works on it has.
struct ScriptLock {
    /// What the lock shows.
    enum Holder: Hashable {
        /// There is no deployment of this name here, so nobody can say.
        case unknown
        case nobody
        /// A living process, in its own words.
        case works(String)
        /// A process that was killed with the lock.
        case died(String)
    }

    private let paths: [String]
    /// The deployment's name.
    let deployment: String

    /// Looks for a deployment here, and then in the second directory of deployments.
    ///
    /// - Parameters:
    ///   - name: A deployment, or the directory of a trial, which lies in a folder of its deployment's name.
    ///   - home: The second directory of deployments.
    init(of name: String, home: String? = getenv("PROV_HOME").map { String(cString: $0) }) {
        let parts = name.split(separator: "/")
        let isTrial = parts.count > 1 && access("\(name)/trial.json", F_OK) == 0
        let deployment = isTrial ? String(parts[parts.count - 2]) : name
        self.deployment = deployment
        paths = [deployment] + (home.map { ["\($0)/\(deployment)"] } ?? [])
    }

    /// The lock file; `nil` without a deployment.
    private var path: String? {
        paths.first { access("\($0)/deployment.json", F_OK) == 0 }.map { "\($0)/lock" }
    }

    /// Who has it now.
    var holder: Holder {
        guard let path else { return .unknown }
        let isHeld = FileLock.isHeld(path)
        // absent before the first command
        let lines = try? LineReader(path: path)
        let line = try? lines?.next { line, _ in String(decoding: line, as: UTF8.self) }
        let who = line.map { printable($0, limit: 200) } ?? ""
        if isHeld { return .works(who.isEmpty ? "another process" : who) }
        return who.isEmpty ? .nobody : .died(who)
    }

    /// Whether a script follows the load that these logs are copied from.
    ///
    /// - Parameters:
    ///   - logs: The copies.
    ///   - now: Since 1970.
    /// - Returns: What the lock says, or, where there is none to look at, whether one of them was written
    ///   in the last ``mostSilent``.
    func follows(_ logs: [String], now: Duration) -> Bool {
        switch holder {
        case .works: true
        case .nobody, .died: false
        case .unknown: logs.compactMap(Self.written).contains { now - $0 <= Self.mostSilent }
        }
    }

    /// So long nothing new may come of a load that a script follows; loaders close a second when its last
    /// request is settled.
    static let mostSilent = Duration.seconds(30)

    /// When a file was written last, since 1970; `nil` if it is gone.
    static func written(_ file: String) -> Duration? {
        var status = stat()
        guard stat(file, &status) == 0 else { return nil }
        let time = status.st_mtim
        return Duration.seconds(time.tv_sec) + Duration.nanoseconds(time.tv_nsec)
    }

    /// Whether a file was written last before the lock was taken, and so by an earlier script.
    func isYounger(than file: String) -> Bool {
        var (own, other) = (stat(), stat())
        guard let path, stat(path, &own) == 0, stat(file, &other) == 0 else { return false }
        let (a, b) = (own.st_mtim, other.st_mtim)
        return (a.tv_sec, a.tv_nsec) > (b.tv_sec, b.tv_nsec)
    }
}
