// Fills the empty cluster with keys, waits until it is quiet, and keeps the data as a dataset,
// which restore-and-run starts from. The cluster runs again at the end.

import Deployment
import Usage

let dataset = "base"
let content = DatasetContent(keyCount: 500_000, valueBytes: 100)

let usage = Usage(
    "populate-and-snapshot",
    summary: "Fills the cluster and keeps its data as the dataset \"\(dataset)\".",
    example: "swift run populate-and-snapshot 4504",
    operands: [.init("NAME", "the deployment")]
)

await Script.run(usage, database: RedisCluster()) { deployment, _ in
    try await deployment.startCluster()
    try await deployment.populate(content)
    try await deployment.quiesce()
    try await deployment.snapshotDataset(dataset, of: content)
    try await deployment.startCluster()
    try await deployment.verifyDataset(dataset)
}
