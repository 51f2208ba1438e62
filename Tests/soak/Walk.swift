import DeploymentState
import Shell
import Statistics

/// Goes through the life of one deployment again and again, and strikes each command at a random moment.
///
/// What strikes a command is another in each round: after as many rounds as there are blows, each has
/// struck each command.
struct Walk {
    let bed: Bed
    let blows: [Blow]
    private var generator: SeededGenerator
    /// How long each command takes when nothing strikes it.
    private var durations: [Deed: Duration]
    /// The servers that are there; `nil` if there is no deployment.
    private var servers: Int?
    /// All that stood in the account before.
    private var before: [String] = []
    /// So often a run may end before its moment, until the next command has its turn.
    private static let mostMisses = 2

    init(_ bed: Bed, blows: [Blow], seed: UInt64, durations: [Deed: Duration] = [:]) {
        self.bed = bed
        self.durations = durations
        generator = SeededGenerator(seed: seed)
        self.blows = blows.shuffled(using: &generator)
    }

    /// Strikes so many times, or until the time is over; `report` gets each moment.
    mutating func run(
        _ count: Int,
        until deadline: ContinuousClock.Instant,
        report: (Moment) throws -> Void
    ) async throws {
        before = try await bed.account()
        if durations.isEmpty { try await measure() }
        var (done, turn, misses) = (0, 0, 0)
        while done < count, ContinuousClock.now < deadline {
            let (round, place) = turn.quotientAndRemainder(dividingBy: Deed.life.count)
            let blow = blows[(round + place) % blows.count]
            if let moment = try await step(Deed.life[place], blow) {
                try report(moment)
                (done, turn, misses) = (done + 1, turn + 1, 0)
            } else {
                misses += 1
                // Such as a script of the template's while machines end, where none is at work.
                if misses == Self.mostMisses { (turn, misses) = (turn + 1, 0) }
            }
        }
        if let fault = try await end() {
            throw SoakError("\(bed.title): the last deprovision: \(fault)")
        }
    }

    /// Runs each command once, unharmed, to learn how long it takes.
    private mutating func measure() async throws {
        for deed in Deed.life {
            let words = try bed.words(deed, servers: deed == .provision ? 1 : 2)
            let outcome = try await bed.call(words).run()
            guard outcome.isSuccess else {
                throw SoakError("\(bed.title): unharmed, \(deed) fails: \(outcome.errorText)")
            }
            durations[deed] = outcome.duration
        }
    }

    /// Strikes once; `nil` if the run had ended before, or nothing was there to strike.
    private mutating func step(_ deed: Deed, _ blow: Blow) async throws -> Moment? {
        let share = Double.random(in: 0..<1, using: &generator)
        let goesOn = Double.random(in: 0..<1, using: &generator) < bed.goingOn
        let delay = (durations[deed] ?? .seconds(1)) * share
        let place = bed.title
        func moment(_ result: Result) -> Moment {
            Moment(place: place, deed: deed, blow: blow, delay: delay, result: result)
        }
        if let fault = try await prepare(for: deed) {
            try await startAnew(id: bed.id)
            return moment(.failed("before it: \(fault)"))
        }
        let target = deed == .resize ? (servers == 1 ? 2 : 1) : servers ?? 1
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
            return moment(.failed(fault))
        }
        let result = try await recover(deed, target: target, goesOn: goesOn, id: id ?? bed.id)
        if case .failed = result { try await startAnew(id: id ?? bed.id) }
        return moment(result)
    }

    /// Makes what a command needs, a deployment or none; returns what is wrong with it.
    private mutating func prepare(for deed: Deed) async throws -> String? {
        if deed == .provision { return try await end() }
        guard servers == nil else { return nil }
        let outcome = try await bed.call(try bed.words(.provision, servers: 1)).run()
        guard outcome.isSuccess else { return "unharmed, provision fails: \(outcome.errorText)" }
        servers = 1
        return nil
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
