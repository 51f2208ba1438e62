// Compares two variants of the database by interleaved trials until the verdict is clear.
// Each trial starts from the same data and takes the same load; pairs run in random order.
// Keeps experiments/NAME/TIME-FILE/experiment.json, and every trial in trials/NAME/.

import Bench
import Deployment
import Experiment
import Reports
import Usage

let usage = Usage(
    "experiment",
    summary:
        "Says whether variant B is slower than A, by interleaved trials; exit status 0: no, 3: yes, 4: undecided, 1: it failed.",
    example: "swift run experiment 4504 experiments/fsync.yml --budget 2h",
    operands: [
        .init("NAME", "the deployment"),
        .init("FILE", "the experiment, such as experiments/fsync.yml"),
    ],
    options: [
        .init(
            "budget",
            value: "TIME",
            "begin no trial that would end later if it took as long as the longest, such as 2h"
        ),
        .init("resume", value: "DIRECTORY", "go on with an experiment that was cut short"),
        .init("anyway", "go on though the rehearsal says that the effect cannot be shown"),
    ]
)

await Script.run(usage, reading: Words.init) { deployment, words in
    let rules = ExperimentRules(words.file)
    var folder = try words.folder(
        for: deployment.state,
        conditions: try await deployment.conditions(
            dataset: rules.file.dataset,
            besides: rules.file.settings
        )
    )
    if let side = folder.record.open {
        // An earlier run was killed before it could.
        try await deployment.runCommands(rules.file.variant(side).undo, as: "undo:")
        try folder.note(open: nil)
    }
    print("after an interruption go on with --resume \(folder.path)")
    let begun = ContinuousClock.now

    var judgement = rules.judge(folder.record)
    var longest = Duration.seconds(rules.file.load.seconds)
    while case .run(let isRehearsal, let pair, let side) = judgement.next {
        if judgement.hasRehearsed, !judgement.hopeless.isEmpty, !words.goesOnAnyway {
            print("some of it cannot be shown: change the load or the effect, or give --anyway")
            break
        }
        let now = ContinuousClock.now
        if let budget = words.budget, now - begun + longest > budget {
            print("the budget is used up")
            break
        }
        let place = (isRehearsal, pair, side)
        let entry = try await deployment.undoneTrial(at: place, in: rules.file, noting: &folder)
        try folder.add(entry)
        judgement = rules.judge(folder.record)
        longest = max(longest, ContinuousClock.now - now)
        print(entry.line(in: rules.file))
        if isRehearsal, judgement.hasRehearsed { print("\n\(judgement.rehearsalText)\n") }
    }
    if let failure = judgement.failure { print(failure) }
    print("\n\(judgement)\n\(folder.path)")
    print(await Report.line(of: folder.path))
    throw ScriptStatus(judgement.exitStatus)
}
