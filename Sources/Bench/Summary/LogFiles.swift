private import Glibc
internal import JSON
internal import Posix

/// The logs of one run, and whether its trial says that it is valid.
package struct LogFiles {
    private static let trialName = "trial.json"
    /// Where the loaders' logs of a trial lie; what else was fetched from nodes may hold any file.
    private static let logFolder = "stress"
    /// A trial's logs lie in `stress/OP/client-N/`, four levels below its `trial.json`.
    private static let levelsToTrial = 4
    private static let deepest = 16

    /// The logs in the order of their paths, each once.
    package private(set) var logs: [String] = []
    /// The `trial.json` that they belong to; `nil` if there is none.
    package private(set) var trial: String?
    private var trials: [String] = []

    /// Finds the logs at or below `path`.
    ///
    /// - Throws: ``SummaryError`` if there are none, if they belong to several trials, or to one
    ///   that is not valid, unless that is allowed.
    package init(at path: String, invalidToo: Bool) throws(SummaryError) {
        guard try isFolder(path) else {
            logs = [path]
            trial = trialAbove(path)
            try check(trial, invalidToo: invalidToo)
            return
        }
        try collect(
            path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path,
            depth: 0
        )
        guard trials.count <= 1 else {
            throw .severalTrials(
                path: path,
                trials: trials.map { String($0.dropLast(Self.trialName.count + 1)) }
            )
        }
        trial = trials.first.flatMap(trialAbove) ?? trialAbove(path)
        try check(trials.first ?? trial, invalidToo: invalidToo)
        guard !logs.isEmpty else { throw .noLogs(path: path) }
    }

    private mutating func collect(_ folder: String, depth: Int) throws(SummaryError) {
        guard depth < Self.deepest else { return }
        let names = try Self.names(in: folder)
        let isTrial = names.contains(Self.trialName)
        for name in names {
            let path = "\(folder)/\(name)"
            if name == Self.trialName {
                trials.append(path)
            } else if name.hasSuffix(".hdr"), isFile(path) {
                logs.append(path)
            } else if !isTrial || name == Self.logFolder, isOwnFolder(path) {
                try collect(path, depth: depth + 1)
            }
        }
    }

    /// Returns the nearest `trial.json` above a path, or `nil`.
    private func trialAbove(_ path: String) -> String? {
        guard let full = Self.realPath(path) else { return nil }
        var folder = full[...]
        for _ in 0..<Self.levelsToTrial {
            guard let slash = folder.lastIndex(of: "/") else { return nil }
            folder = folder[..<slash]
            let trial = "\(folder)/\(Self.trialName)"
            if access(trial, F_OK) == 0 { return trial }
        }
        return nil
    }

    /// Returns a path without links and detours; `nil` if it leads nowhere.
    static func realPath(_ path: String) -> String? {
        guard let full = realpath(path, nil) else { return nil }
        defer { free(full) }
        return String(cString: full)
    }

    private func check(_ trial: String?, invalidToo: Bool) throws(SummaryError) {
        guard let trial, !invalidToo else { return }
        let record = try JSON(file: trial)
        switch record["valid"] {
        case .bool(true): return
        case .bool(false):
            throw .invalidTrial(path: trial, reasons: TrialVerdict.reasons(of: record))
        default:
            throw .malformedTrial(path: trial, problem: "1: \"valid\" is neither true nor false")
        }
    }

    private func isFolder(_ path: String) throws(SummaryError) -> Bool {
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            throw .unreadable(path: path, problem: "\(SystemError())")
        }
        return facts.st_mode & S_IFMT == S_IFDIR
    }

    /// Finds the logs at several paths, which must belong to one run.
    ///
    /// - Throws: What ``init(at:invalidToo:)`` throws, also if they belong to several trials.
    package static func ofOneRun(at paths: [String], invalidToo: Bool) throws(SummaryError)
        -> [String]
    {
        var files: [String] = []
        var trials: [String] = []
        for path in paths {
            let found = try LogFiles(at: path, invalidToo: invalidToo)
            files += found.logs.filter { !files.contains($0) }
            if let trial = found.trial, !trials.contains(trial) { trials.append(trial) }
        }
        guard trials.count <= 1 else {
            throw .severalTrials(
                path: paths.joined(separator: " "),
                trials: trials.map { String($0.dropLast(Self.trialName.count + 1)) }
            )
        }
        return files
    }

    /// Whether a path leads to a file; reading a pipe would wait for ever.
    private func isFile(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
    }

    /// Whether a path is a folder and no link to one, which might lead in a circle.
    private func isOwnFolder(_ path: String) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a folder, sorted, without `.` and `..`.
    static func names(in folder: String) throws(SummaryError) -> [String] {
        guard let stream = opendir(folder) else {
            throw .unreadable(path: folder, problem: "\(SystemError())")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
