import DeploymentState
import Foundation
import Posix
import SSH
import Shell
import Usage

/// Copies a folder by `rsync`, which connects by `ssh` as strictly as everything else does.
///
/// No name is a word of rsync's: it begins in the folder, here and on the node, and copies `./` to `./`. So
/// no colon, dash, blank or `*` of a name means anything.
struct Rsync: Sendable {
    /// How many copy at once, of all nodes: each needs three processes here.
    private static let copying = Turns(16)
    /// rsync's exit status for files that vanished at the source meanwhile, such as rotated logs.
    private static let vanished: Int32 = 24
    /// Its exit statuses for what ssh could not do: which one it is depends on what rsync sees first.
    private static let unconnected: Set<Int32> = [12, 255]
    /// How often it is looked how much a download has brought.
    private static let interval: Duration = .seconds(1)

    let node: String
    let line: OpenSSHCommandLine
    /// What helps where the node refuses the key.
    let keyHint: String

    /// The process that copies.
    func process(_ copy: DirectoryCopy) -> LocalProcess {
        let common = [
            "--recursive", "--times", "--perms", "--no-devices", "--no-specials", "--timeout=60",
        ]
        var words: [String]
        var (source, target) = ("./", "\(node):./")
        var limit = "unlimited"
        switch copy.direction {
        case .upload(let owner):
            words = common + ["--links"]
            words += owner.map { ["--chown=\($0)"] } ?? ["--no-owner", "--no-group"]
        case .download(let bytes, _):
            // A node makes no link here, so that nothing is written through one; and it tells all of its files
            // before the first one comes.
            words =
                common + [
                    "--no-links", "--no-owner", "--no-group", "--no-inc-recursive",
                    "--chmod=Du=rwx,Dgo=,Fu+rw,Fgo=,ug-s,o-t",
                ]
            (source, target) = (target, source)
            limit = "\(bytes / 1_024 + 1)"
        }
        if copy.isMirror { words.append("--delete") }
        words += [
            "--rsh", line.direct().map(Self.quote).joined(separator: " "),
            "--rsync-path", Self.program(in: copy.remote, asRoot: copy.isRoot),
            "--", source, target,
        ]
        var process = LocalProcess(
            "bash",
            ["-c", Self.script, "rsync", limit] + words,
            environment: Self.environment(),
            directory: copy.local,
            timeLimit: copy.timeLimit,
            teardown: [LocalProcess.TeardownStep(signal: SIGTERM, wait: .seconds(5))],
            // Also when we are killed: nobody would hold the lock for an upload, or measure a download.
            endsWithUs: true
        )
        process.outputLimit = 4 << 20
        return process
    }

    /// No file may be larger than what all may have; and what a node tells of its files needs no more memory.
    private static let script = """
        umask 077
        [ "$1" = unlimited ] || ulimit -S -f "$1"
        ulimit -S -v 1048576 2>/dev/null || true  # a lower limit is in force
        shift
        exec rsync "$@"
        """

    /// A word for rsync, which splits `--rsh` by itself: quotes hold blanks together, and two are one.
    private static func quote(_ word: String) -> String { "'\(word.replacing("'", with: "''"))'" }

    /// What runs on the node, for its login shell; rsync adds its own words.
    private static func program(in folder: String, asRoot isRoot: Bool) -> String {
        let script = "unset CDPATH; cd -- \"$1\" && shift && exec rsync \"$@\""
        let words = (isRoot ? ["sudo", "-n"] : []) + ["sh", "-c", script, "rsync", folder]
        return words.map(Quoting.quote).joined(separator: " ")
    }

    /// Ours, without what would change rsync's ways.
    private static func environment() -> [String: String] {
        ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("RSYNC_") }
    }

    /// Copies, and fails with the node, what was to be copied, and why not.
    func run(_ copy: DirectoryCopy) async throws {
        guard LocalProcess.find("rsync") != nil else {
            throw error(copy, .failed, "there is no rsync on this machine: bin/setup installs it")
        }
        let deadline = ContinuousClock.now + copy.timeLimit
        guard await Self.copying.enter(by: deadline) else {
            try Task.checkCancellation()
            throw error(copy, .timedOut, "timed out after \(copy.timeLimit)")
        }
        let result: Result<Void, any Error>
        do { result = .success(try await watched(copy)) } catch { result = .failure(error) }
        await Self.copying.leave()
        try result.get()
    }

    private func watched(_ copy: DirectoryCopy) async throws {
        let process = process(copy)
        let outcome = try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask { try await process.run() }
            if case .download(let bytes, let entries) = copy.direction {
                group.addTask {
                    while true {
                        do { try await Task.sleep(for: Self.interval) } catch { return nil }
                        try await measure(copy, bytes, entries)
                    }
                }
            }
            // A download that is too large ends the process, whose end the group waits for.
            let outcome = try await group.next() ?? nil
            group.cancelAll()
            return outcome
        }
        try Task.checkCancellation()
        if case .download(let bytes, let entries) = copy.direction {
            try await measure(copy, bytes, entries)
        }
        guard let outcome else { return }
        try check(outcome, of: copy)
    }

    private func check(_ outcome: Outcome, of copy: DirectoryCopy) throws {
        if outcome.isSuccess { return }
        if outcome.cause == .timeLimit {
            throw error(copy, .timedOut, "timed out after \(copy.timeLimit)")
        }
        switch outcome.status {
        case .exited(Self.vanished) where outcome.cause == .itself: return
        default:
            if let failure = sshFailure(outcome) {
                throw error(copy, failure.reason, failure.message)
            }
            let lines = outcome.errorText.split(whereSeparator: \.isNewline).suffix(8)
            let said = lines.map { String($0).printable }.joined(separator: "; ")
            throw error(copy, .remoteFile, said.isEmpty ? "rsync: \(outcome.ending)" : said)
        }
    }

    /// Why ssh did not connect; `nil` if it did, or nothing is known.
    private func sshFailure(_ outcome: Outcome) -> OpenSSHFailure? {
        guard case .exited(let status) = outcome.status, Self.unconnected.contains(status),
            status == 255 || outcome.errorText.contains("(0 bytes received so far)")
        else { return nil }
        let failure = OpenSSHFailure(outcome.errorText, key: keyHint)
        switch failure.reason {
        case .failed: return nil
        // A shell that may not enter the folder says the same, but not by which methods one may log in.
        case .authenticationRefused where !outcome.errorText.contains("Permission denied ("):
            return nil
        default: return failure
        }
    }

    /// Fails if the local folder holds more than it may.
    private func measure(_ copy: DirectoryCopy, _ bytes: Int, _ entries: Int) async throws {
        let script = #"""
            find . -mindepth 1 -printf '%y %s\n' 2>/dev/null | awk -v bytes="$1" -v entries="$2" '
                { count += 1 }
                $1 == "f" { size += $2 }
                count > entries { print "more than " entries " files and folders"; exit }
                size > bytes { print "more than " bytes " bytes"; exit }'
            """#
        let words = ["-c", script, "measure", "\(bytes)", "\(entries)"]
        let found = try await LocalProcess("bash", words, directory: copy.local).run().outputText
        guard !found.isEmpty else { return }
        let what = found.split(separator: "\n")[0]
        throw error(copy, .outputTooLarge, "the local folder would hold \(what)")
    }

    private func error(
        _ copy: DirectoryCopy,
        _ reason: SSHError.Reason,
        _ message: String
    ) -> SSHError {
        SSHError(node: node, operation: copy.operation, reason: reason, message: message)
    }
}
