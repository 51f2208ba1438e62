import Bench
import Glibc
import Load

// Unlike "bench", it leaves the mode of its files to who starts it: on a client root does, and a script fetches them as
// the login user, to whom they must be readable.
// The words are those of "bench", so that either program plays a load.
let load = Subcommand(LoadCommand.usage) { try LoadCommand.run($0) }
let pgbench = Subcommand(PgbenchCommand.usage) { try PgbenchCommand.run($0) }
exit(await Subcommand.run(Array(CommandLine.arguments.dropFirst()), among: [load, pgbench]))
