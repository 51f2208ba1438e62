import Posix

/// A command that reports its process and its end by itself, because `ssh` tells too little.
///
/// `ssh` exits with 255 if the command did, if a signal ended it, and if the connection was lost. So the
/// command tells in two lines of its standard error, which are taken out again: first its session's id, by
/// which ``RemoteEnding`` finds all that it started, then how it ended.
struct ReportedCommand {
    /// In how many bytes of each end of standard error a report is looked for.
    private static let limit = 1 << 16

    private let mark: String
    /// What stands in the words of the session's first process, and in no other's on the node.
    var endMark: String { mark + "=" }

    init(nonce: UInt64 = .random(in: .min ... .max)) {
        mark = "ssh-\(String(nonce, radix: 36))"
    }

    /// The text for the login shell that runs `text` by another of its kind, and reports.
    ///
    /// `awk` waits for it, whose `system` tells a signal (256 and its number) from an exit status, as no shell
    /// does. `SHLVL` keeps a second Bash from reading the start-up files again.
    func wrapping(_ text: String) -> String {
        let program = #"""
            BEGIN {
            s = system("set -- \"$PROV_COMMAND\"; unset PROV_COMMAND; SHLVL=1; export SHLVL; exec \"${SHELL:-/bin/sh}\" -c \"$1\"")
            system("echo MARK=" s " >&2")
            }
            """#
        let words = program.replacing("MARK", with: mark)
        return "echo \(mark)-$$ >&2; PROV_COMMAND=\(Quoting.quote(text)); export PROV_COMMAND; "
            + "exec awk \(Quoting.quote(words))"
    }

    /// What was said, and standard error without it.
    struct Report: Hashable {
        /// The session's id; `nil` if the command did not come that far.
        var processID: Int?
        /// How it ended; `nil` if nothing told.
        var status: RemoteStatus?
        /// What the command itself wrote.
        var errors: [UInt8]
    }

    /// Reads what came out at standard error.
    func read(_ errors: [UInt8]) -> Report {
        var report = Report(errors: errors)
        if let (value, range) = line("=", in: report.errors, from: errors.count - Self.limit) {
            report.errors.removeSubrange(range)
            report.status = Int(value).flatMap(RemoteStatus.init(awk:))
        }
        if let (value, range) = line("-", in: report.errors, from: 0) {
            report.errors.removeSubrange(range)
            report.processID = Int(value)
        }
        return report
    }

    /// Finds a whole line of ours, which may stand behind an unfinished one of the command's.
    private func line(
        _ sign: Character,
        in bytes: [UInt8],
        from start: Int
    ) -> (value: String, range: Range<Int>)? {
        let wanted = Array("\(mark)\(sign)".utf8)
        let start = max(0, start)
        let end = min(start + Self.limit, bytes.count) - wanted.count
        guard start <= end else { return nil }
        for index in start...end where bytes[index...].starts(with: wanted) {
            guard let feed = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            let value = String(decoding: bytes[(index + wanted.count)..<feed], as: UTF8.self)
            return (value, index..<feed + 1)
        }
        return nil
    }
}

extension RemoteStatus {
    /// The signals that the SSH protocol names (RFC 4254, 6.10).
    private static let signals = [
        1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 6: "ABRT", 8: "FPE", 9: "KILL", 10: "USR1",
        11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM",
    ]

    /// What `system` of mawk and gawk returns: 256 more for a signal, and again 256 for its core dump.
    init?(awk value: Int) {
        switch value {
        case 0..<256: self = .exited(Int32(value))
        case 257..<768:
            let number = value % 256
            self = .signalled(Self.signals[number] ?? "\(number)")
        default: return nil
        }
    }
}
