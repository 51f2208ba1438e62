import DeploymentState
import Glibc
import Shell

/// Gives targets their inputs in children, and collects what they fail at.
struct Driver: Sendable {
    /// The most inputs of each target.
    let inputs: Int
    /// When to give up with inputs left, which is a failure.
    let deadline: ContinuousClock.Instant
    let seed: UInt64
    /// Where children write; removed at the end.
    let folder: String
    /// A target that fails so often is left alone.
    private static let mostFindings = 10
    /// So many inputs for each child: each child reads the seeds anew.
    private static let batch = 1_000

    /// What one target did.
    struct Result: Sendable {
        let target: String
        var inputs = 0
        var accepted = 0
        var refused = 0
        var longest = 0
        var memory = 0
        var findings: [Finding] = []
    }

    /// Runs the targets with these names, as many at once as there are processors.
    func run(_ names: [String]) async throws -> [Result] {
        let width = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        var results = names.map { Result(target: $0) }
        var isDone = false
        // A batch of each in turn, so that a limit of time cuts all alike.
        while !isDone {
            let todo = results.filter {
                $0.inputs < inputs && $0.findings.count < Self.mostFindings
            }
            isDone = todo.isEmpty || ContinuousClock.now >= deadline
            guard !isDone else { break }
            try await withThrowingTaskGroup(of: Result.self) { group in
                var rest = todo[...]
                for _ in 0..<width {
                    guard let next = rest.popFirst() else { break }
                    group.addTask { try await batch(next) }
                }
                while let result = try await group.next() {
                    if let index = results.firstIndex(where: { $0.target == result.target }) {
                        results[index] = result
                    }
                    guard ContinuousClock.now < deadline, let next = rest.popFirst() else {
                        continue
                    }
                    group.addTask { try await batch(next) }
                }
            }
        }
        return results
    }

    private func batch(_ before: Result) async throws -> Result {
        var result = before
        let file = "\(folder)/\(result.target).progress"
        let progress = try Progress(file: file)
        defer { progress.unmap() }
        let end = min(inputs, result.inputs + Self.batch)
        while result.inputs < end, result.findings.count < Self.mostFindings {
            for field in Progress.Field.allCases { progress[field] = 0 }
            progress[.current] = result.inputs
            let outcome = try await child(
                result.target,
                ["--from", "\(result.inputs)", "--to", "\(end)"]
            )
            result.accepted += progress[.accepted]
            result.refused += progress[.refused]
            result.longest = max(result.longest, progress[.longest])
            result.memory = max(result.memory, progress[.memory])
            guard !outcome.isSuccess else {
                result.inputs = end
                break
            }
            guard outcome.status != .exited(1) else { throw FuzzError(outcome.errorText) }
            let number = progress[.current]
            result.findings.append(Finding(result.target, number: number, outcome))
            result.inputs = number + 1
        }
        return result
    }

    /// Keeps a finding's input, as small as it can be, and returns where, with a remark.
    func keep(_ finding: Finding, in store: String) async throws -> String {
        let target = try findTarget(finding.target)
        let input = try Seeds.mutator(of: target, seed: seed).input(finding.number)
        let file = "\(folder)/\(finding.target).input"
        var minimiser = Minimiser(
            run: { bytes in
                try Files.write(bytes, to: file, durably: false)
                return try await child(finding.target, ["--file", file])
            },
            budget: finding.fault.contains("hang") ? 20 : 400
        )
        let (bytes, failsAlone) = try await minimiser.minimise(input, fault: finding.fault)
        let path = "\(store)/\(finding.target)-\(seed)-\(finding.number)"
        try Files.write(bytes, to: path)
        return "\(path) (\(bytes.count) bytes\(failsAlone ? "" : "; alone it does not fail"))"
    }

    /// The path of this program.
    private static let program: String = {
        var path = [CChar](repeating: 0, count: 4_096)
        let count = max(0, readlink("/proc/self/exe", &path, path.count))
        return String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()

    private func child(_ target: String, _ words: [String]) async throws -> Outcome {
        var environment = ProcessEnvironment.own
        // A backtrace takes seconds, and the driver reads none.
        environment["SWIFT_BACKTRACE"] = "enable=no"
        return try await LocalProcess(
            Self.program,
            ["--child", target, "--seed", "\(seed)", "--folder", folder] + words,
            environment: environment,
            timeLimit: .seconds(300),
            teardown: [.init(signal: SIGKILL, wait: .seconds(5))],
            endsWithUs: true
        ).run()
    }
}

/// The environment of this process.
enum ProcessEnvironment {
    static var own: [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let parts = String(cString: entry).split(separator: "=", maxSplits: 1)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            next += 1
        }
        return variables
    }
}
