import DeploymentState
import FoundationEssentials
import Shell
import Statistics

/// A user's scripts, `setup` and `restore-and-run`, killed at random moments: run again, they do all of their work.
struct Scripts {
    let bed: Bed
    /// The executable of each script by its name.
    let programs: [String: String]
    let seed: UInt64

    func run(
        _ count: Int,
        until deadline: ContinuousClock.Instant,
        report: (Moment) throws -> Void
    ) async throws {
        guard count > 0 else { return }
        var generator = SeededGenerator(seed: seed)
        let durations = try await prepare()
        var done = 0
        while done < count, ContinuousClock.now < deadline {
            let deed: Deed = done % 2 == 0 ? .setup : .restoreAndRun
            let share = Double.random(in: 0..<1, using: &generator)
            let delay = (durations[deed] ?? .seconds(1)) * share
            let run = try await bed.run(try call(deed), striking: .userScript, after: delay)
            guard run.isStruck else { continue }
            done += 1
            let fault = try await faultAfterAnother(deed)
            try report(
                Moment(
                    place: bed.title,
                    deed: deed,
                    blow: .userScript,
                    delay: delay,
                    result: fault.map { .failed($0) } ?? .wentOn
                )
            )
        }
        let id = bed.id
        let ended = try await bed.call(["deprovision", bed.name, "--yes"]).run()
        guard ended.isSuccess else { throw SoakError("deprovision fails: \(ended.errorText)") }
        if let fault = try await bed.leftovers(of: id, before: []) { throw SoakError(fault) }
    }

    /// Makes a cluster with a dataset, and learns how long each script takes.
    private func prepare() async throws -> [Deed: Duration] {
        let made = try await bed.call(try bed.words(.provision, servers: 3, clients: 1)).run()
        guard made.isSuccess else { throw SoakError("provision fails: \(made.errorText)") }
        let setup = try await call(.setup).run()
        guard setup.isSuccess else { throw SoakError("setup fails: \(setup.errorText)") }
        let filled = try await bed.call(program("populate-and-snapshot"), [bed.name]).run()
        guard filled.isSuccess else { throw SoakError("populate fails: \(filled.errorText)") }
        let trial = try await call(.restoreAndRun).run()
        guard trial.isSuccess else { throw SoakError("restore-and-run fails: \(trial.errorText)") }
        return [.setup: setup.duration, .restoreAndRun: trial.duration]
    }

    private func program(_ name: String) -> String { programs[name] ?? name }

    private func call(_ deed: Deed) throws -> LocalProcess {
        bed.call(program(deed.rawValue), try bed.words(deed, servers: 3))
    }

    /// Runs a script again, and returns what it left undone.
    private func faultAfterAnother(_ deed: Deed) async throws -> String? {
        var again = try await call(deed).run()
        // A load that the kill left is gone on with, as the script says.
        if !again.isSuccess, again.errorText.contains("nothing was touched") {
            var attached = try call(deed)
            attached.arguments.append("--attach")
            again = try await attached.run()
        }
        if deed == .restoreAndRun { return try trialFault(again) }
        guard again.isSuccess else { return "run again, it fails: \(again.errorText)" }
        // Nodes ask with the password that they alone have.
        let ask = ["ssh", bed.name, "server-0", "sudo redis-cli cluster info"]
        let info = try await bed.call(ask).run()
        return info.outputText.contains("cluster_state:ok")
            ? nil : "no whole cluster: \(info.outputText)\(info.errorText)"
    }

    /// What makes a trial invalid though nobody killed anything: three deployments share this host.
    private static let ofTheHost = [
        "waited for memory", "ms late (limit", "the hypervisor gave",
        "after the end of the schedule",
    ]

    /// Returns why a run kept no whole trial, or one that the kill before it has spoilt.
    private func trialFault(_ run: Outcome) throws -> String? {
        let path = run.outputText.split(separator: "\n").first { line in
            line.hasPrefix("trials/") && Files.exists("\(bed.folder)/\(line)/trial.json")
        }
        guard let path else { return "run again, it keeps no trial: \(run.errorText)" }
        guard !run.isSuccess else { return nil }
        let trial = try JSONDecoder().decode(
            Trial.self,
            from: Data(try Files.bytes(of: "\(bed.folder)/\(path)/trial.json"))
        )
        let reasons = trial.reasons.filter { reason in
            !Self.ofTheHost.contains { reason.contains($0) }
        }
        return reasons.isEmpty ? nil : "its trial is invalid: \(reasons.joined(separator: "; "))"
    }

    /// What is read of a `trial.json`.
    private struct Trial: Decodable {
        let reasons: [String]
    }
}
