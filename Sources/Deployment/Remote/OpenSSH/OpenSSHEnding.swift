import SSH
import Shell

/// What the end of an `ssh` process says of the command that it ran.
enum OpenSSHEnding: Hashable {
    /// The command ended by itself.
    case ended(RemoteStatus)
    /// We ended `ssh`, so that the command must be ended as well.
    case endedEarly(Outcome.Cause)
    /// The server has no channel for it now; nothing ran.
    case refused
    /// Nobody knows: the connection was lost, or the command's processes were killed, all of them.
    case unknown

    /// What `ssh` says when the server refuses a channel, as in OpenSSH's `mux.c`.
    private static let refusals = ["Session open refused by peer", "session request failed"]

    /// Whether `ssh` says that the server refused it a channel.
    static func isRefusal(_ said: String) -> Bool { refusals.contains(where: said.contains) }

    init(
        _ status: Outcome.Status,
        because cause: Outcome.Cause,
        saying report: ReportedCommand.Report
    ) {
        guard cause == .itself else {
            self = .endedEarly(cause)
            return
        }
        let said = String(decoding: report.errors, as: UTF8.self)
        if let reported = report.status {
            self = .ended(reported)
        } else if case .exited(let code) = status, code != 255 {
            // The login shell did not come to the report: it knows no such program, or is none.
            self = .ended(.exited(code))
        } else if report.processID == nil, Self.isRefusal(said) {
            self = .refused
        } else {
            self = .unknown
        }
    }
}
