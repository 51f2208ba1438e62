import Bench
import Control
import Glibc
import Load
import Reports

// What is measured, unpacked and reported is nobody else's to read.
umask(0o077)

let subcommands: [Subcommand] = [
    Subcommand(LoadCommand.usage) { try LoadCommand.run($0) },
    .summary,
    .compare,
    .timeline,
    .watch,
    Subcommand(ControlCommand.usage) { try ControlCommand.run($0) },
    .merge,
    .report,
    .list,
    .bundle,
    .verify,
    .completion,
]

// A load obeys signals by itself, and the others leave nothing behind.
if ["report", "verify"].contains(CommandLine.arguments.dropFirst().first) {
    ScratchFolder.removeOnSignals()
}
exit(await Subcommand.run(Array(CommandLine.arguments.dropFirst()), among: subcommands))
