// Makes new machines ready: the system with its exporters, the load tool, Prometheus.
// Changes only what differs, so it can be run again, also after an interruption and after the number
// of servers has changed. Then the servers leave their old cluster and lose its keys; datasets stay.

import Deployment
import Usage

let usage = Usage(
    "setup",
    summary: "Makes new machines ready: database, load tool, monitoring.",
    example: "swift run setup 4504",
    operands: [.init("NAME", "the deployment")],
    options: [
        .init(
            "allow-public-addresses",
            "let database and exporters listen though a node's private address is public"
        )
    ]
)

await Script.run(usage) { deployment, arguments in
    let anywhere = arguments.flag("allow-public-addresses")
    try await deployment.installSystem(onPublicAddresses: anywhere)
    try await deployment.startCluster(discardingKeys: true)
    try await deployment.installLoadTool(LoadTool.build())
    try await deployment.installMonitoring(onPublicAddresses: anywhere)
}
