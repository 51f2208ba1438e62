// NAME: what this script is for, in a line. Run it with: swift run NAME DEPLOYMENT
//
// A script is a page of calls of one value, `Deployment`. The four beside it are good ones to copy
// from; docs/scripts.md lists what can be called.

import Deployment
import Usage

let usage = Usage(
    "NAME",
    summary: "Says how many machines there are.",
    example: "swift run NAME demo",
    operands: [.init("NAME", "the deployment, or the path of its state directory")]
)

// `Script.run` prints errors, ends remote work on Ctrl-C and holds the deployment's lock meanwhile.
await Script.run(usage) { deployment, _ in
    // A command on every server at once; all that fail are named together.
    // let kernels = try await deployment.execute(["uname", "-r"], on: deployment.servers)
    print("\(deployment.servers.count) servers, \(deployment.clients.count) clients")
}
