// One trial: the servers start from the same data, settle, and take the same load from all clients.
// Keeps the evidence in trials/NAME/TIME-LABEL/, judges it, and prints the latencies.

import Bench
import Deployment
import Reports
import Usage

let dataset = "base"
let warmUp = 5.0  // seconds that the summary leaves out

let usage = Usage(
    "restore-and-run",
    summary:
        "Restores the dataset \"\(dataset)\", loads the cluster at a fixed rate, keeps a trial.",
    example: "swift run restore-and-run 4504 --rate 50000 --label baseline",
    operands: [.init("NAME", "the deployment")],
    options: [
        .init("rate", value: "PER_SECOND", "requests per second over all clients (20000)"),
        .init("seconds", value: "S", "how long to load (30)"),
        .init("label", value: "WORD", "what to call the trial (mixed)"),
        .init(
            "build",
            value: "PATH",
            "run this executable, .deb or tarball of the database from now on; packaged: the distribution's"
        ),
        .init("cloudwatch", "keep in the trial what CloudWatch has of machines on EC2"),
        Script.attach,
    ]
)

struct Words {
    let rate: Double
    let seconds: Double
    let label: String
    let build: String?
    let asksCloudWatch: Bool
    let attaches: Bool

    init(_ arguments: Arguments) throws {
        rate = try arguments.number("rate", default: 20_000, in: 1...10_000_000)
        seconds = try arguments.number("seconds", default: 30, in: warmUp + 1...864_000)
        label = try arguments.plain("label", default: "mixed")
        build = arguments.value("build")
        asksCloudWatch = arguments.flag("cloudwatch")
        attaches = arguments.flag("attach")
        if attaches, build != nil {
            throw UsageError("--attach goes on with what runs: leave --build out", usage: usage)
        }
    }
}

await Script.run(usage, reading: Words.init) { deployment, words in
    let build: Build? =
        if let path = words.build { try await deployment.build(path) } else { nil }
    if let build { try await deployment.install(build) }
    let trial = try await deployment.measure(words.label, attaching: words.attaches) {
        deployment,
        trial in
        // Under a load that runs already, none of this is done again.
        let content = try await deployment.prepare {
            let content = try await deployment.restoreDataset(dataset)
            try await deployment.startCluster()
            if let build { try await deployment.requireBuild(build) }
            try await deployment.verifyDataset(dataset)
            try await deployment.quiesce()
            try await deployment.clearMetrics()
            return content
        }
        let mixed = Stress(
            "mixed",
            operationsPerSecond: words.rate,
            for: .seconds(words.seconds),
            writeFraction: 0.1,
            on: content
        )
        try await deployment.run(mixed, into: trial.stress)
        try await deployment.fetchMetrics(into: trial.monitoring)
    }

    print(trial.validity.headline)
    let window = Window(from: .seconds(warmUp), to: .seconds(words.seconds))
    let summary = try await Summary(of: [trial.stress], in: window, invalidToo: true)
    try trial.write(summary.json, to: "summary.json")
    print(summary)
    if words.asksCloudWatch { try await deployment.cloudWatch(into: trial) }
    print(trial.directory)
    print(await Report.line(of: trial.directory))
}
