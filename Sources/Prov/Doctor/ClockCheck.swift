import DeploymentState
import FoundationEssentials
import Shell

/// Compares this machine's clock with a server's.
enum ClockCheck {
    /// AWS refuses requests that are 5 minutes off; before that, certificates and expiry suffer.
    static let tolerance = 60.0

    /// Asks a server, for at most 5 s.
    static func finding(
        url: String = Files.environment("AWS_ENDPOINT_URL") ?? "https://sts.amazonaws.com"
    ) async throws -> Finding {
        let words = ["-sS", "--head", "--max-time", "5", url]
        guard LocalProcess.find("curl") != nil else {
            return .unchecked("clock", "there is no curl to ask a server with")
        }
        let before = Date()
        let outcome = try await LocalProcess("curl", words, timeLimit: .seconds(10)).run()
        if outcome.cause == .cancellation { throw CancellationError() }
        guard outcome.isSuccess, let date = date(in: outcome.outputText) else {
            return .unchecked("clock", "no time from \(url)")
        }
        return finding(here: before, there: date, url: url)
    }

    /// Judges the difference of two clocks.
    static func finding(here: Date, there: Date, url: String) -> Finding {
        let seconds = here.timeIntervalSince(there)
        guard abs(seconds) > tolerance else { return .ok("clock", "as that of \(url)") }
        let direction = seconds > 0 ? "ahead of" : "behind"
        return .fault(
            "clock",
            "\(Int(abs(seconds))) s \(direction) that of \(url)",
            remedy: "set it (timedatectl set-ntp true); AWS refuses requests that are 5 minutes off"
        )
    }

    /// Reads the header `Date` of an answer, as RFC 9110 has it.
    static func date(in header: String) -> Date? {
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        for line in header.split(whereSeparator: \.isNewline) {
            let words = line.split { " :".contains($0) }.map(String.init)
            guard words.first?.lowercased() == "date", words.count == 9,
                let month = months.firstIndex(of: words[3])
            else { continue }
            let text =
                "\(words[4])-\(month < 9 ? "0" : "")\(month + 1)-\(words[2])T"
                + "\(words[5]):\(words[6]):\(words[7])Z"
            return try? Date(text, strategy: .iso8601)  // not a date: as if there were none
        }
        return nil
    }
}
