import Bench
import Glibc
import Load

// What is measured is nobody else's to read.
umask(0o077)

// The words are those of "bench", so that either program plays a load.
let load = Subcommand(LoadCommand.usage) { try LoadCommand.run($0) }
let pgbench = Subcommand(PgbenchCommand.usage) { try PgbenchCommand.run($0) }
exit(await Subcommand.run(Array(CommandLine.arguments.dropFirst()), among: [load, pgbench]))
