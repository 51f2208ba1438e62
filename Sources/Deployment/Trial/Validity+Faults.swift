extension Validity {
    /// Faults that were asked for and did not happen, or that nobody took back.
    static func faultFindings(_ stress: StressEvidence) -> [Finding] {
        (stress.injected ?? []).compactMap { fault in
            let problem = fault.problem.isEmpty ? "" : ": \(fault.problem)"
            if fault.began != nil, fault.ended != nil { return nil }
            let what = fault.began == nil ? "did not begin" : "was not taken back"
            return broken("fault", "\(stress.name): the fault \(what): \(fault.text)\(problem)")
        }
    }

    /// Faults that were planned, and after which no stress was run.
    static func unused(_ plans: [FaultPlan]) -> [Finding] {
        plans.map { plan in
            broken("fault", "the fault was for a stress that was not run: \(plan.fault.text)")
        }
    }
}
