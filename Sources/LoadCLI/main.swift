import Bench
import Glibc

// The words are those of "bench", so that either program plays a load.
exit(await Subcommand.run(Array(CommandLine.arguments.dropFirst()), among: [.load]))
