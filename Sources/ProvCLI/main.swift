import Glibc
import Prov

exit(await Tool.run(Array(CommandLine.arguments.dropFirst())))
