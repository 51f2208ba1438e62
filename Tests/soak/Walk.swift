import DeploymentState
import Shell
import Statistics

/// A random walk through the life of one deployment, each step of which is struck at a random moment.
struct Walk {
    let bed: Bed
    let blows: [Blow]
    private var generator: SeededGenerator
    /// How long each command takes when nothing strikes it.
    private var durations: [Deed: Duration] = [:]
    /// The servers that are there; `nil` if there is no deployment.
    private var servers: Int?
    /// All that stood in the account before.
    private var before: [String] = []

    init(_ bed: Bed, blows: [Blow], seed: UInt64) {
        self.bed = bed
        self.blows = blows
        generator = SeededGenerator(seed: seed)
    }

    /// Strikes so many times, or until the time is over; `report` gets each moment.
    mutating func run(
        _ count: Int,
        until deadline: ContinuousClock.Instant,
        report: (Moment) throws -> Void
    ) async throws {
        before = try await bed.account()
        try await measure()
        var done = 0
        var misses = 0
        // Where a run always ends before its moment, there is nothing to learn.
        while done < count, misses < 20 + 3 * count, ContinuousClock.now < deadline {
            guard let moment = try await step() else {
                misses += 1
                continue
            }
            done += 1
            try report(moment)
        }
        if let fault = try await end() {
            throw SoakError("\(bed.title): the last deprovision: \(fault)")
        }
    }

    /// Runs each command once, unharmed, to learn how long it takes.
    private mutating func measure() async throws {
        for deed in [Deed.provision, .resize, .extend, .deprovision] {
            let words = try bed.words(deed, servers: deed == .provision ? 1 : 2)
            let outcome = try await bed.call(words).run()
            guard outcome.isSuccess else {
                throw SoakError("\(bed.title): unharmed, \(deed) fails: \(outcome.errorText)")
            }
            durations[deed] = outcome.duration
        }
    }

    /// Strikes once; `nil` if the run had ended before, or nothing was there to strike.
    private mutating func step() async throws -> Moment? {
        let choices: [Deed] =
            servers == nil ? [.provision] : [.resize, .resize, .extend, .deprovision]
        let deed = choices[Int.random(in: 0..<choices.count, using: &generator)]
        let blow = blows[Int.random(in: 0..<blows.count, using: &generator)]
        let target = deed == .resize ? (servers == 1 ? 2 : 1) : servers ?? 2
        let share = Double.random(in: 0..<1, using: &generator)
        let goesOn = Bool.random(using: &generator)

        let delay = (durations[deed] ?? .seconds(1)) * share
        let words = try bed.words(deed, servers: target)
        let id = bed.id
        let run = try await bed.run(bed.call(words), striking: blow, after: delay)
        if run.outcome.isSuccess { servers = deed == .deprovision ? nil : target }
        guard run.isStruck else {
            // Ended before its moment, as it does now and then; but it must have ended well.
            guard !run.outcome.isSuccess else {
                // The machine is less busy than when this was measured.
                durations[deed] = run.outcome.duration
                return nil
            }
            let fault = "unharmed, it fails: \(run.outcome.errorText)"
            try await startAnew(id: id)
            return Moment(
                place: bed.title,
                deed: deed,
                blow: blow,
                delay: delay,
                result: .failed(fault)
            )
        }
        let result = try await recover(deed, target: target, goesOn: goesOn, id: id ?? bed.id)
        if case .failed = result { try await startAnew(id: id ?? bed.id) }
        return Moment(place: bed.title, deed: deed, blow: blow, delay: delay, result: result)
    }

    /// Goes on, or undoes all, and looks that it is so.
    private mutating func recover(
        _ deed: Deed,
        target: Int,
        goesOn: Bool,
        id: String?
    ) async throws -> Result {
        if !bed.isThere {
            servers = nil
            let fault = try await bed.leftovers(of: id, before: before)
            return fault.map { .failed($0) } ?? .nothingToDo
        }
        guard goesOn, deed != .deprovision else {
            let fault = try await end()
            return fault.map { .failed($0) } ?? .undone
        }
        let outcome = try await bed.call(try bed.words(deed, servers: target)).run()
        guard outcome.isSuccess else {
            return .failed("run again, it fails: \(outcome.errorText)")
        }
        servers = target
        let fault = try await bed.fault(servers: target)
        return fault.map { .failed($0) } ?? .wentOn
    }

    /// Deprovisions, and returns what is wrong then.
    private mutating func end() async throws -> String? {
        guard bed.isThere else { return nil }
        let id = bed.id
        let outcome = try await bed.call(["deprovision", bed.name, "--yes"]).run()
        guard outcome.isSuccess else { return "deprovision fails: \(outcome.errorText)" }
        servers = nil
        return try await bed.leftovers(of: id, before: before)
    }

    /// Removes by force what a failure left, so that the next moment does not suffer from it.
    private mutating func startAnew(id: String?) async throws {
        _ = try await bed.call(["deprovision", bed.name, "--yes", "--gone"]).run()
        if case .local = bed.kind, let id {
            let sweep = "\(Bed.repository)/prov/local/sweep"
            _ = try await bed.call("bash", [sweep, id]).run()
        }
        try Files.remove("\(bed.folder)/\(bed.name)")
        servers = nil
        // What is left now was counted, and is nobody's fault later.
        before = try await bed.account()
    }
}

/// A fault that ends the soak.
struct SoakError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
