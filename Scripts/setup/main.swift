// Makes new machines ready: the system with its exporters, the load tool, Prometheus.
// Changes only what differs, so it can be run again, also after an interruption and after the number
// of servers has changed. Then the servers leave their old cluster and lose its keys; datasets stay.
// With --build the servers run an executable of yours from then on.

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
        ),
        .init(
            "build",
            value: "PATH",
            "run this executable, .deb or tarball of the database; packaged: the distribution's again"
        ),
    ]
)

await Script.run(usage) { deployment, arguments in
    let anywhere = arguments.flag("allow-public-addresses")
    var build: Build?
    if let path = arguments.value("build") { build = try await deployment.build(path) }
    try await deployment.installSystem(onPublicAddresses: anywhere)
    if let build { try await deployment.install(build) }
    try await deployment.startCluster(discardingKeys: true)
    if let build { try await deployment.requireBuild(build) }
    try await deployment.installLoadTool(LoadTool.build())
    try await deployment.installMonitoring(onPublicAddresses: anywhere)
}
