import Bench
import Glibc

exit(LoadCommand.run(Array(CommandLine.arguments.dropFirst(2))))
