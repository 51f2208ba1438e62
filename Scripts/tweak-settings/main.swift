// Changes settings of the database on all servers. They are in force from the next start on, which
// is the one in restore-and-run. What was set earlier stays, and is listed too.

import Deployment
import Usage

// Edit these, or name others on the command line.
let settings = ["appendonly": "yes", "appendfsync": "always"]

let usage = Usage(
    "tweak-settings",
    summary: "Changes settings of the database on all servers, in force from the next start on.",
    example: "swift run tweak-settings 4504 io-threads=4 appendonly=",
    operands: [
        .init("NAME", "the deployment"),
        .init("SETTING=VALUE", "instead of those in the script; no value: remove", occurs: 0...99),
    ]
)

func tweaks(_ arguments: Arguments) throws -> [String: String] {
    let words = arguments.all("SETTING=VALUE")
    return try words.isEmpty ? settings : Settings.parse(words)
}

await Script.run(usage, reading: tweaks) { deployment, tweaks in
    try await deployment.configureSystem(settings: tweaks)
    let inForce = try await deployment.tweaks()
    for line in Settings.lines(of: tweaks, beside: inForce) { print(line) }
}
