import Bench
import Glibc

let subcommands: [Subcommand] = [
    .load,
    .summary,
    .compare,
    .timeline,
]

exit(await Subcommand.run(Array(CommandLine.arguments.dropFirst()), among: subcommands))
