import Bench
import Glibc

let subcommands: [Subcommand] = [
    .summary,
    .compare,
    .load,
]

exit(await Subcommand.run(Array(CommandLine.arguments.dropFirst()), among: subcommands))
