import Deployment
import Glibc

exit(await JobsProgram.run(Array(CommandLine.arguments.dropFirst())))
