import Bench
import Glibc
import Load
import Reports

let subcommands: [Subcommand] = [
    Subcommand(LoadCommand.usage) { try LoadCommand.run($0) },
    .summary,
    .compare,
    .timeline,
    .watch,
    .merge,
    .report,
    .list,
    .bundle,
    .verify,
    .completion,
]

exit(await Subcommand.run(Array(CommandLine.arguments.dropFirst()), among: subcommands))
