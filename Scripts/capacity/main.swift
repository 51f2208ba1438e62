// Finds the highest rate at which a latency stays below a limit: a bisection whose steps are repeated until
// each is certain. Every trial starts from the same data; all are kept in trials/NAME/, and their latencies by
// rate in capacity/NAME/TIME.csv.

import Bench
import Deployment
import DeploymentState
import Statistics
import Usage

let dataset = "base"
let warmUp = 5.0  // seconds that do not count

let usage = Usage(
    "capacity",
    summary:
        "Finds the highest rate at which a latency stays below a limit; exit status 0: found, 4: not in this range.",
    example: "swift run capacity 4504 --below 5ms --from 2000 --to 60000",
    operands: [.init("NAME", "the deployment")],
    options: [
        .init("below", value: "TIME", "the limit, such as 5ms (10ms)"),
        .init("percentile", value: "P", "p50, p90, p99 or p99.9 of reads and of writes (p99)"),
        .init("from", value: "PER_SECOND", "the lowest rate that is tried (1000)"),
        .init("to", value: "PER_SECOND", "the highest rate that is tried (100000)"),
        .init("seconds", value: "S", "how long each load lasts (20)"),
        .init("within", value: "PERCENT", "how close the answer must be (5)"),
        .init("repeats", value: "N", "how often a rate is measured at most, from 3 on (8)"),
    ]
)

await Script.run(usage, reading: Words.init) { deployment, words in
    var search = words.search
    var curve = Curve(words)
    while case .measure(let rate) = search.next(after: curve.measurements) {
        let trial = try await deployment.trial(at: rate, for: words)
        let outcome = try await Outcome(of: trial, words)
        print("\(Int(rate))/s  \(outcome.text)  \(trial.directory)")
        switch outcome {
        case .latency(let excess, _): curve.add(rate, excess, trial.directory)
        case .behind: curve.add(rate, nil, trial.directory)
        case .loadersBehind:
            guard let narrower = search.below(rate) else {
                print("the clients cannot play even the lowest rate: take more of them")
                throw ScriptStatus(1)
            }
            search = narrower
        }
        try curve.write(for: deployment.state.name)
    }
    print("\n\(curve.table(search))\n\(curve.answer(search))")
    print(curve.path(for: deployment.state.name))
    throw ScriptStatus(search.capacity(curve.measurements) == nil ? 4 : 0)
}
