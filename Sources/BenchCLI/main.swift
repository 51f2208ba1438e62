import Bench
import Glibc
import Reports

let subcommands: [Subcommand] = [
    .load,
    .summary,
    .compare,
    .timeline,
    .report,
    .list,
    .bundle,
    .verify,
    .completion,
]

exit(await Subcommand.run(Array(CommandLine.arguments.dropFirst()), among: subcommands))
