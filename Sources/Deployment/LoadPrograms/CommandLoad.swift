/// Any command line as a load program: `redis-benchmark`, a tool of the user's, a shell script.
///
/// It is told its part, and says nothing of itself but by its exit status and its log, if it writes one:
/// so a trial with it is questionable at best, since nobody knows how late its requests were.
public struct CommandLoad: LoadProgram {
    /// The name of the executable.
    public let name: String
    /// The first word, by which the command is found.
    public let executable: String
    /// The executable, and what was named beside it.
    public let needs: [ClientNeed]
    private let logName: String?
    private let words: @Sendable (LoadPart) -> [String]

    /// Makes a program of a command line.
    ///
    /// - Parameters:
    ///   - executable: A path, or a name in root's `PATH` on the clients.
    ///   - needs: Packages and files that must be there beside it.
    ///   - log: The name, in its part's folder, of the HdrHistogram log that it writes; `nil` for none.
    ///   - words: The words behind the executable, for each client's part.
    public init(
        _ executable: String,
        needs: [ClientNeed] = [],
        log: String? = nil,
        words: @escaping @Sendable (LoadPart) -> [String]
    ) {
        name = executable.split(separator: "/").last.map(String.init) ?? executable
        self.executable = executable
        self.needs = needs + [.program(executable)]
        logName = log
        self.words = words
    }

    /// The executable with its words.
    public func command(_ part: LoadPart) -> [String] { [executable] + words(part) }

    /// The log that was named; no result.
    public func files(of stress: Stress) -> LoadFiles { LoadFiles(log: logName, result: nil) }
}
