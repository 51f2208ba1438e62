import DeploymentState
import Shell

/// One change of a deployment: planned, shown, consented to, and applied exactly as it was shown.
///
/// The plan holds the values of all variables, so it lies in memory only.
struct Change: Sendable {
    let terraform: Terraform
    let console: Console
    let template: TemplateFolder
    let settings: Settings
    let expiry: Moment?
    /// The names of the nodes that were ready once.
    let known: Set<String>
    /// The config that the deployment keeps; absent for a new one.
    let keptConfig: String
    /// Whether it is known that machines have gone by other means.
    var mayBeGone = false

    /// The region for prices; `nil` if the configs name none.
    private var region: String? { settings.text("region") }
    /// What may be shown of it.
    private var shownRegion: String? { settings.shown("region") }

    /// Plans, and says what would be done.
    ///
    /// - Parameters:
    ///   - file: Gets terraform's plan.
    ///   - progress: Gets its events.
    ///   - always: Whether to read the plan also if nothing would be done.
    /// - Returns: `nil` if nothing would be done, unless `always`.
    /// - Throws: ``ProvError`` if terraform fails, ``ConfigErrors`` if a config names what is not there.
    func plan(
        into file: MemoryFile,
        progress: ApplyProgress,
        always: Bool = false
    ) async throws -> Plan? {
        let hasChanges: Bool
        do {
            hasChanges = try await terraform.plan(into: file.path, onEvent: progress.handle)
        } catch ProvError.failed(let command, let ending, let lines, let log) {
            if let errors = GivenFault.errors(in: lines, config: settings.config) { throw errors }
            throw ProvError.failed(command: command, ending: ending, lines: lines, log: log)
        }
        guard hasChanges || always else { return nil }
        let text = try await terraform.show(file.path)
        try NodesOutput.check(plan: text)
        guard let plan = Plan(json: text) else {
            throw ProvError.badOutput(["terraform show -json printed no plan"])
        }
        return plan
    }

    /// Returns the plan as it is shown.
    func report(on plan: Plan) throws -> PlanReport {
        PlanReport(
            plan,
            name: terraform.files.name,
            template: Files.split(template.path).name,
            region: region,
            shownRegion: shownRegion,
            expiry: expiry,
            prices: try PriceTable.find(template: template.path),
            configChanges: configChanges,
            notes: [sharedProcessors(in: plan)].compactMap { $0 }
        )
    }

    /// Whether servers and clients would run on the same processors of this host.
    private func sharedProcessors(in plan: Plan) -> String? {
        guard template.declares("server_cpuset") else { return nil }
        return SharedProcessors.note(
            groups: Set(plan.remaining.map(\.group)),
            online: SharedProcessors.online
        ) { settings.processors($0) }
    }

    /// What the configs say otherwise than those that the deployment was made with.
    private var configChanges: [ConfigChange] {
        // a new one keeps none yet, and without it the plan is as good
        guard let kept = try? ConfigListing(kept: keptConfig), !kept.settings.isEmpty else {
            return []
        }
        return ConfigChange.between(kept.settings, ConfigListing(settings.config).settings)
    }

    /// Refuses to make everything a second time, because none of it can be seen from here.
    private func refuseAbsence(in plan: Plan) throws {
        let absent = plan.machines.filter { $0.action == .add && known.contains($0.name) }
        let hasEnded = expiry.map { $0.date <= Moment.now.date } ?? false
        guard !known.isEmpty, absent.count == known.count, !mayBeGone, !hasEnded,
            !absent.allSatisfy(\.isSpot)
        else { return }
        throw ProvError.absent(
            name: terraform.files.name,
            nodes: absent.map(\.name),
            place: shownRegion.map { " in \($0)" } ?? ""
        )
    }

    /// Refuses to go on unless terraform would do nothing.
    ///
    /// - Parameter isUnfinished: Whether a change was cut off: then it must only end and make no machine.
    /// - Throws: ``ProvError/notAsMade(name:changes:)``.
    func refuseOthers(isUnfinished: Bool) async throws {
        let file = try MemoryFile(named: "plan")
        console.begin("terraform plan")
        let progress = ApplyProgress(console, verb: "planned")
        let plan = try await plan(into: file, progress: progress)
        withExtendedLifetime(file) {}
        guard let changes = plan?.summary(ofMachinesOnly: isUnfinished), !changes.isEmpty else {
            return
        }
        throw ProvError.notAsMade(name: terraform.files.name, changes: changes)
    }

    /// Plans, obtains consent and applies.
    ///
    /// - Parameters:
    ///   - consent: Who is asked; `nil` if consent was given for this before.
    ///   - willApply: Called when there is something to do and consent to do it.
    /// - Returns: Whether anything was changed.
    /// - Throws: ``ProvError`` without consent, or if terraform fails.
    func make(consent: Consent?, willApply: () throws -> Void) async throws -> Bool {
        let file = try MemoryFile(named: "plan")
        let progress = ApplyProgress(console, verb: "made")
        console.begin("terraform plan")
        guard let plan = try await plan(into: file, progress: progress), !plan.isEmpty else {
            return false
        }
        try refuseAbsence(in: plan)
        try await consent?.obtain(
            for: try report(on: plan),
            touchesMachines: plan.touchesMachines,
            lost: plan.lostServers(among: known)
        )
        try willApply()
        console.begin("terraform apply")
        try await terraform.apply(file.path, onEvent: progress.handle)
        withExtendedLifetime(file) {}
        return progress.hasChanged
    }
}
