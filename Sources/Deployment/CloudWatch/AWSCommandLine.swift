import DeploymentState
import Foundation
import Shell
import Usage

/// The AWS command line on this machine, with the credentials of a deployment.
///
/// It signs, pages, and asks again where AWS says that it is busy; its answers are bounded in time and size.
struct AWSCommandLine: Sendable {
    private let program: String
    private let environment: [String: String]
    private let secrets: [String]

    /// A call that pages through the metrics of a large account takes less.
    private static let timeLimit = Duration.seconds(120)
    /// More than the samples of 500 metrics over days.
    private static let outputLimit = 64 << 20

    /// Makes it for a deployment.
    ///
    /// - Parameters:
    ///   - state: The keys are those of its configs, or of the environment.
    ///   - program: A path, or a name that is looked for in `PATH`.
    ///   - environment: By default ours.
    /// - Throws: What is wrong with a config that sets keys.
    init(
        of state: StateDirectory,
        program: String = "aws",
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        let keys = try AWSKeys(of: state.record)
        self.program = program
        self.environment = (keys?.variables(beside: environment) ?? environment)
            // Version 2 would show an answer in a pager, and ask for words.
            .merging(["AWS_PAGER": "", "AWS_CLI_AUTO_PROMPT": "off"]) { $1 }
        secrets = [keys?.secret, keys?.session].compactMap(\.self)
    }

    /// Returns what a command prints, as JSON.
    ///
    /// - Parameters:
    ///   - words: Service and operation, and their options.
    ///   - input: The operation's input as JSON, which may be longer than a command line; empty for none.
    ///   - region: Where it is asked.
    /// - Returns: Its output, all pages of it.
    /// - Throws: ``CloudWatchError``, or `CancellationError`.
    func ask(_ words: [String], input: String = "", in region: String) async throws -> [UInt8] {
        guard !input.isEmpty else { return try await run(words, in: region) }
        let file = try Self.file(of: input)
        let answer = try await run(words + ["--cli-input-json", "file://\(file.path)"], in: region)
        withExtendedLifetime(file) {}
        return answer
    }

    private func run(_ words: [String], in region: String) async throws -> [UInt8] {
        var call = LocalProcess(
            program,
            words + ["--region", region, "--output", "json"],
            environment: environment,
            timeLimit: Self.timeLimit,
            endsWithUs: true
        )
        call.outputLimit = Self.outputLimit
        let outcome: Outcome
        do { outcome = try await call.run() } catch .notFound { throw CloudWatchError.noProgram }
        if outcome.cause == .cancellation { throw CancellationError() }
        guard outcome.isSuccess else {
            throw CloudWatchError.failed(
                call: words.prefix(2).joined(separator: " ") + " in \(region)",
                ending: outcome.ending,
                said: said(outcome.errorText)
            )
        }
        return outcome.output
    }

    /// A file for an input, which is read twice, so that no pipe serves.
    private static func file(of input: String) throws -> MemoryFile {
        let file = try MemoryFile(named: "cloudwatch")
        let handle = try FileHandle(forWritingTo: URL(filePath: file.path))
        try handle.write(contentsOf: Data(input.utf8))
        try handle.close()
        return file
    }

    /// The last line of what went wrong, without the keys.
    private func said(_ text: String) -> String {
        let last = text.split(whereSeparator: \.isNewline)
            .last { $0.contains { !$0.isWhitespace } }
        // Before it is cut, or a half of a key would be left.
        let line = secrets.reduce(String(last ?? "")) { $0.replacing($1, with: "[redacted]") }
        return String(line.printableLine.prefix(400))
    }

    /// Fails if the credentials lead to another account than the one in which the machines were made.
    ///
    /// From there CloudWatch has nothing of them, which would pass for machines that have done nothing.
    func check(_ record: DeploymentRecord, in region: String) async throws {
        // One that is older than this check has none to compare with.
        guard let made = record.place else { return }
        let call = ["sts", "get-caller-identity"]
        let answer = try await ask(call, in: region)
        let found = try CloudWatchAnswer.read(
            CloudWatchAnswer.Identity.self,
            answer,
            of: call.joined(separator: " ")
        ).place
        for what in ["account", "partition"] {
            guard let made = made[what], let found = found[what], made != found else { continue }
            throw CloudWatchError.otherPlace(
                deployment: record.name,
                what: what,
                made: made,
                found: String(found.printableLine.prefix(80))
            )
        }
    }
}
