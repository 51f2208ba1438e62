import Bench
import Control
import Glibc
import Load
import Reports

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

exit(await Subcommand.run(Array(CommandLine.arguments.dropFirst()), among: subcommands))
