import Shell
import Statistics

/// A user's script, `setup`, killed at random moments: run again, it does all of its work.
struct Scripts {
    let bed: Bed
    /// The executable.
    let setup: String
    let seed: UInt64

    func run(
        _ count: Int,
        until deadline: ContinuousClock.Instant,
        report: (Moment) throws -> Void
    ) async throws {
        guard count > 0 else { return }
        var generator = SeededGenerator(seed: seed)
        let made = try await bed.call(try bed.words(.provision, servers: 3, clients: 1)).run()
        guard made.isSuccess else { throw SoakError("provision fails: \(made.errorText)") }
        let whole = try await bed.call(setup, [bed.name]).run()
        guard whole.isSuccess else { throw SoakError("setup fails: \(whole.errorText)") }
        var done = 0
        while done < count, ContinuousClock.now < deadline {
            let delay = whole.duration * Double.random(in: 0..<1, using: &generator)
            let run = try await bed.run(
                bed.call(setup, [bed.name]),
                striking: .userScript,
                after: delay
            )
            guard run.isStruck else { continue }
            done += 1
            let fault = try await faultAfterAnother()
            try report(
                Moment(
                    place: bed.title,
                    deed: .setup,
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

    private func faultAfterAnother() async throws -> String? {
        let again = try await bed.call(setup, [bed.name]).run()
        guard again.isSuccess else { return "run again, it fails: \(again.errorText)" }
        let ask = ["ssh", bed.name, "server-0", "redis-cli", "-h", "server-0", "cluster", "info"]
        let info = try await bed.call(ask).run()
        return info.outputText.contains("cluster_state:ok")
            ? nil : "no whole cluster: \(info.outputText)\(info.errorText)"
    }
}
