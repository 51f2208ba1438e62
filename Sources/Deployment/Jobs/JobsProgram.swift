import DeploymentState
import Foundation
import Posix
import Shell
import Usage

/// The program `prov-jobs`, which `prov jobs` becomes: what runs on a deployment's nodes.
public enum JobsProgram {
    /// Runs one call.
    ///
    /// - Parameter words: The words behind the program's name.
    /// - Returns: The exit status: 0 done, 1 failed, also in part, 2 usage.
    public static func run(_ words: [String]) async -> Int32 {
        do {
            let arguments = try JobsUsage.usage.parse(words)
            let home = Files.environment("PROV_HOME") ?? Checkout.ofThisProgram
            let state = try StateDirectory.open(arguments.operand("NAME"), home: home)
            return try await list(state, ending: arguments.flag(JobsUsage.stop))
        } catch let error as UsageError {
            say("\(error)", to: error.isHelp ? .standardOutput : .standardError)
            return error.isHelp ? 0 : 2
        } catch {
            say("prov jobs: \(error)", to: .standardError)
            return 1
        }
    }

    private static func list(_ state: StateDirectory, ending: Bool) async throws -> Int32 {
        // A script that is at work would see its load die, and take that for a fault of the load.
        let lock =
            ending
            ? try DeploymentLock(state.files, command: "prov jobs \(state.name) --stop") { line in
                say("prov jobs: \(line)", to: .standardError)
            } : nil
        // A node that does not answer is said soon: no asking again and again.
        let (remotes, line) = try await Remotes.make(for: state)
        if let line { say(line, to: .standardError) }
        let (jobs, failures) = await Jobs.look(at: remotes)
        let found = jobs.filter { !$0.jobs.isEmpty }
        if !found.isEmpty { print(Job.table(found)) }
        for failure in failures { say("prov jobs: not known: \(failure)", to: .standardError) }
        if let line = Jobs.nothing(jobs, failures, of: state.name) { print(line) }
        if ending, !found.isEmpty {
            try await Jobs.end(jobs, on: remotes)
            print("ended on \(found.count.of("node"))")
        }
        for remote in remotes { await remote.close() }
        _ = consume lock
        return failures.isEmpty ? 0 : 1
    }

    private static func say(_ text: String, to file: FileHandle) {
        file.write(Data((text.printable + "\n").utf8))
    }
}

/// What runs on some nodes.
enum Jobs {
    /// Asks every node.
    ///
    /// - Returns: The jobs of those that answered, in order of `remotes`, and what the others said.
    static func look(
        at remotes: [any Remote]
    ) async -> (jobs: [(node: String, jobs: [Job])], failures: [String]) {
        var answers: [String: Result<[Job], any Error>] = [:]
        await withTaskGroup(of: (String, Result<[Job], any Error>).self) { group in
            for remote in remotes {
                group.addTask {
                    do {
                        let text = try await remote.execute(JobCalls.list)
                        return (remote.node.name, .success(Job.read(text)))
                    } catch { return (remote.node.name, .failure(error)) }
                }
            }
            for await (node, answer) in group { answers[node] = answer }
        }
        var jobs: [(node: String, jobs: [Job])] = []
        var failures: [String] = []
        for name in remotes.map(\.node.name) {
            switch answers[name] {
            case .success(let found): jobs.append((name, found))
            case .failure(let error):
                let text = "\(error)"
                failures.append(text.hasPrefix(name) ? text : "\(name): \(text)")
            case nil: continue
            }
        }
        return (jobs, failures)
    }

    /// The line of a deployment on which nothing runs; `nil` if something does, or it is not known.
    static func nothing(
        _ jobs: [(node: String, jobs: [Job])],
        _ failures: [String],
        of deployment: String
    ) -> String? {
        guard failures.isEmpty, jobs.allSatisfy(\.jobs.isEmpty) else { return nil }
        return "nothing runs on \(jobs.count.of("node")) of \(deployment)"
    }

    /// Ends what was found, on all nodes at once.
    ///
    /// - Throws: ``FanOutError`` with every node on which it could not be.
    static func end(_ jobs: [(node: String, jobs: [Job])], on remotes: [any Remote]) async throws {
        let byNode = Dictionary(jobs.map { ($0.node, $0.jobs) }) { first, _ in first }
        let concerned = remotes.filter { byNode[$0.node.name]?.isEmpty == false }
        _ = try await FanOut.run(over: concerned, in: .parallel) { remote in
            try await remote.execute(JobCalls.end(byNode[remote.node.name] ?? []))
        }
    }
}
