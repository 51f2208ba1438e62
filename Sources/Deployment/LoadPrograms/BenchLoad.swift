import Foundation

/// The project's own load tool, `bench load`, which plays every N-th request of one even schedule.
public struct BenchLoad: LoadProgram {
    /// Where the tool lies on every client.
    static let tool = "/opt/prov/bench"

    /// `bench load`.
    public let name = "bench load"
    /// In `/opt/prov`.
    public let executable = BenchLoad.tool
    /// It reads the password from a file of the client's.
    public let passwordOption: String? = "--password-file"

    /// The words that tell it the servers' protocol, such as `--cluster`.
    let words: [String]

    /// Makes the program for servers of some protocol, such as `["--protocol", "etcd"]`.
    public init(_ words: [String]) { self.words = words }

    /// The tool's path and its words.
    public func command(_ part: LoadPart) -> [String] {
        let stress = part.stress
        var options: [(String, String)] = []
        switch stress.pace {
        case .rate(let rate, let duration):
            options = [
                ("rate", Self.decimal(rate)),
                ("duration", "\(duration.inSeconds)s"),
                ("keys", "\(stress.content.keyCount)"),
                ("distribution", stress.keys.rawValue),
                ("write-fraction", "\(stress.writeFraction)"),
                ("start-at", "\(part.start)"),
            ]
        case .everyKeyOnce:
            options = [
                ("rate", "max"),
                ("requests", "\(stress.content.keyCount)"),
                ("keys", "\(stress.content.keyCount)"),
                ("distribution", "sequence"),
                ("write-fraction", "1"),
            ]
        }
        options += [
            ("value-size", "\(stress.content.valueBytes)"),
            ("connections", "\(stress.connectionsPerClient)"),
            ("timeout", "\(stress.requestTimeout.inSeconds)s"),
            ("max-outstanding", "\(stress.maxOutstandingPerClient)"),
            ("seed", "\(part.seed)"),
            ("part", "\(part.place + 1)/\(part.clients)"),
            ("log", part.log),
            ("result", part.result),
            ("metrics", part.metrics),
            ("stress", stress.name),
        ]
        // A key that is missing makes the rest of them vain.
        let flags = stress.pace == .everyKeyOnce ? ["--stop-on-failure"] : []
        return [executable, "load"] + part.servers + words
            + options.flatMap { ["--" + $0.0, $0.1] } + flags
    }

    /// A number as load tools read it: without an exponent, with six decimals at most.
    static func decimal(_ number: Double) -> String {
        number.formatted(
            .number.grouping(.never).precision(.fractionLength(0...6)).locale(
                Locale(identifier: "en_US_POSIX")
            )
        )
    }
}
