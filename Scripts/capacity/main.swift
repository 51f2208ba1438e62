// Finds the highest rate at which a latency stays below a limit: a bisection whose steps are repeated until
// each is certain. Every trial starts from the same data. All are kept in trials/NAME/, and what they say in
// capacity/NAME/TIME/: capacity.json, curve.csv and report.html with the curve.

import Bench
import Deployment
import Experiment
import Reports
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
        .init(
            "resume",
            value: "DIRECTORY",
            "go on with a search that was cut short, as it was asked"
        ),
    ]
)

await Script.run(usage, reading: Words.init) { deployment, words in
    let conditions = try await deployment.conditions(dataset: dataset, besides: [])
    var folder = try words.folder(for: deployment.state, conditions: conditions)
    print("after an interruption go on with --resume \(folder.path)")
    while let rate = folder.record.next {
        let entry = try await deployment.entry(at: rate, of: words.question, noting: &folder)
        try folder.add(entry)
        print(entry.line)
        guard entry.outcome != .nothing else { throw ScriptStatus(1) }
    }
    print("\n\(folder.record.table)\n\(folder.record.answer)\n\(folder.path)")
    print(await Report.line(of: folder.path))
    throw ScriptStatus(folder.record.exitStatus)
}
