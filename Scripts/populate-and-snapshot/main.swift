// Fills the empty cluster with keys, waits until it is quiet, and keeps the data as a dataset,
// which restore-and-run starts from. The cluster runs again at the end.

import Deployment
import Usage

let dataset = "base"

let usage = Usage(
    "populate-and-snapshot",
    summary: "Fills the cluster and keeps its data as the dataset \"\(dataset)\".",
    example: "swift run populate-and-snapshot 4504 --keys 1000000",
    operands: [.init("NAME", "the deployment")],
    options: [
        .init("keys", value: "N", "how many keys over all servers (500000)"),
        .init("value-bytes", value: "N", "the size of each value (100)"),
    ]
)

func content(_ arguments: Arguments) throws -> DatasetContent {
    DatasetContent(
        keyCount: try arguments.wholeNumber("keys", default: 500_000, in: 1...1_000_000_000_000),
        valueBytes: try arguments.wholeNumber("value-bytes", default: 100, in: 0...500_000_000)
    )
}

await Script.run(usage, reading: content) { deployment, content in
    // Before anything is started: pgbench, for one, makes keys by the 100,000.
    try deployment.requirePopulatable(content)
    try await deployment.startCluster()
    try await deployment.populate(content)
    try await deployment.quiesce()
    try await deployment.snapshotDataset(dataset, of: content)
    try await deployment.startCluster()
    try await deployment.verifyDataset(dataset)
}
