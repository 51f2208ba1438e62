internal import LoadResult
internal import OpenLoop

extension LoggedSchedule {
    /// Makes the schedule of a plan; `nil` for a closed loop.
    init?(_ plan: LoadPlan) {
        guard case .open(let throttle) = plan.pace, let end = plan.end else { return nil }
        self.init(
            rate: throttle.rate,
            part: plan.part,
            parts: plan.parts,
            requests: plan.total,
            end: end
        )
    }
}
