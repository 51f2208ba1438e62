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
    let variants = try await deployment.variants(of: words)
    var folder = try words.folder(
        for: deployment.state,
        conditions: try await deployment.conditions(of: rules.file, with: variants)
    )
    if let side = folder.record.open {
        // An earlier run was killed before it could.
        try await deployment.runCommands(rules.file.variant(side).undo, as: "undo:")
        try folder.note(open: nil)
    }
    print("after an interruption go on with --resume \(folder.path)")
    let judgement = try await deployment.takingBack([variants.a, variants.b]) {
        try await deployment.play(rules, with: variants, words, noting: &folder)
    }
    if let failure = judgement.failure { print(failure) }
    print("\n\(judgement)\n\(folder.path)")
    print(await Report.line(of: folder.path))
    throw ScriptStatus(judgement.exitStatus)
}
