// What the machines can do: processors, disks and network of all nodes at the same time. A node that is slower
// than its like spoils every measurement on it; better to see it now than after a night. The figures go to
// standard output, with --json as JSON for a later comparison.

import Deployment
import Usage

let usage = Usage(
    "probe",
    summary: "Measures processors, disks and network of all nodes at the same time.",
    example: "swift run probe 4504",
    operands: [.init("NAME", "the deployment")],
    options: [
        .init("seconds", value: "S", "how long it lasts (20)"),
        .init("json", "print the figures as JSON, in bytes and writes per second"),
    ]
)

struct Words {
    let seconds: Double
    let isJSON: Bool

    init(_ arguments: Arguments) throws {
        seconds = try arguments.number("seconds", default: 20, in: 4...3_600)
        isJSON = arguments.flag("json")
    }
}

await Script.run(usage, reading: Words.init) { deployment, words in
    let probe = try await deployment.probe(for: .seconds(words.seconds))
    print(words.isJSON ? try probe.json : "\(probe)", terminator: words.isJSON ? "\n" : "")
}
