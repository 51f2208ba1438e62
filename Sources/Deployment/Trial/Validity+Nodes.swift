import Foundation
import Usage

extension Validity {
    /// What speaks against a stress in what the nodes and their databases said before and after it.
    static func nodeFindings(_ stress: StressEvidence, _ limits: ValidityLimits) -> [Finding] {
        guard let after = stress.after else {
            return [broken("no_end", "\(stress.name): did not come to its end")]
        }
        var findings: [Finding] = []
        for (moment, when) in [(stress.before, "before"), (after, "after")] {
            for (node, problems) in moment.unread.sorted(by: { $0.key < $1.key }) {
                findings += problems.map {
                    broken("unread", "\(stress.name): \(when) it \(node) did not tell \($0)")
                }
            }
            findings += clocks(moment, "\(stress.name): \(when) it", limits)
        }
        let killed = Set((stress.injected ?? []).filter { $0.kind == "kill" }.map(\.node))
        for (node, new) in after.nodes.sorted(by: { $0.key < $1.key }) {
            guard let old = stress.before.nodes[node] else { continue }
            let place = "\(stress.name): \(node)"
            let isRunning = new.process?.state == "active"
            if !killed.contains(node) || !isRunning {
                findings += process(from: old.process, to: new.process, at: place)
            }
            findings += machine(from: old, to: new, at: place, limits)
        }
        for (node, names) in stress.changed.sorted(by: { $0.key < $1.key }) {
            let text = "\(stress.name): \(node) changed settings meanwhile: "
            findings.append(broken("settings", text + names.joined(separator: ", ")))
        }
        for (node, faults) in after.faults.sorted(by: { $0.key < $1.key }) {
            findings += faults.map {
                broken("database", "\(stress.name): on \(node) \($0)")
            }
        }
        return findings
    }

    private static func clocks(
        _ moment: StressEvidence.Moment,
        _ place: String,
        _ limits: ValidityLimits
    ) -> [Finding] {
        guard let apart = ClockReading.apart(moment.clocks) else { return [] }
        let figure = apart.seconds * 1e3
        let found = finding("clocks", figure, limits.clockMilliseconds) { limit in
            "\(place) the clock of \(apart.ahead) was ahead of that of \(apart.behind) by at least "
                + "\(milliseconds(figure)) (limit \(milliseconds(limit)))"
        }
        return [found].compactMap { $0 }
    }

    /// A database that is another process than before answered from an empty or a half-filled cache.
    private static func process(
        from old: NodeMoment.Process?,
        to new: NodeMoment.Process?,
        at place: String
    ) -> [Finding] {
        guard let old, let new else { return [] }
        guard new.state == "active", new.number != 0 else {
            return [broken("process", "\(place): the database no longer runs (\(new.state))")]
        }
        guard old.invocation != new.invocation || old.number != new.number else { return [] }
        let times = new.restarts - old.restarts
        return [
            broken(
                "process",
                "\(place): the database was started again meanwhile"
                    + (times > 0 ? ", by systemd \(times.of("time"))" : "")
                    + " (process \(old.number) is now \(new.number))"
            )
        ]
    }

    private static func machine(
        from old: NodeMoment,
        to new: NodeMoment,
        at place: String,
        _ limits: ValidityLimits
    ) -> [Finding] {
        let seconds = new.uptime - old.uptime
        guard seconds > 0 else {
            return [broken("reboot", "\(place): was started again meanwhile")]
        }
        var findings: [Finding?] = []
        if new.ticks > old.ticks {
            let share = Double(new.stolenTicks - old.stolenTicks) / Double(new.ticks - old.ticks)
            findings.append(
                finding("steal", share, limits.stealShare) { limit in
                    "\(place): the hypervisor gave \(percent(share)) of the processor time to "
                        + "others (limit \(percent(limit)))"
                }
            )
        }
        if let before = old.memoryStall, let after = new.memoryStall {
            let share = Double(after - before) / 1e6 / seconds
            findings.append(
                finding("memory_stall", share, limits.memoryStallShare) { limit in
                    "\(place): "
                        + (new.countsOthersMemoryStall ? "processes of its host" : "processes")
                        + " waited for memory in \(percent(share)) of the time "
                        + "(limit \(percent(limit)))"
                }
            )
        }
        let kills = new.memoryKills - old.memoryKills
        if kills > 0 {
            let killed = kills.of("process", "processes")
            findings.append(
                Finding(
                    kind: "memory_kills",
                    verdict: new.countsOthersMemoryKills ? .questionable : .invalid,
                    figure: Double(kills),
                    limit: 0,
                    text: new.countsOthersMemoryKills
                        ? "\(place): its host killed \(killed) for want of memory"
                        : "\(place): the kernel killed \(killed) for want of memory"
                )
            )
        }
        for (path, used) in new.filesystems.sorted(by: { $0.key < $1.key }) {
            findings.append(
                finding("filesystem", Double(used), limits.filesystemPercent) { limit in
                    "\(place): \(path) is \(used) % full (limit \(Int(limit)) %)"
                }
            )
        }
        return findings.compactMap { $0 }
    }
}
