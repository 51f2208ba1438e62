import DeploymentState
import Posix
import Shell
import Usage

/// `prov jobs`: becomes the program `prov-jobs`, for prov itself logs in to no node.
enum JobsCommand: Subcommand {
    static let usage = JobsUsage.usage

    static func run(_ arguments: Arguments, console: Console) async throws {
        let program = "\(Files.split(OwnProgram.path).directory)/\(JobsUsage.program)"
        guard Files.isExecutable(program) else { throw MissingProgram(path: program) }
        let stop = arguments.flag(JobsUsage.stop) ? ["--\(JobsUsage.stop)"] : []
        try LocalProcess(program, [arguments.operand("NAME")] + stop).replaceCurrent()
    }

    /// The other program is not where it should be.
    struct MissingProgram: Error, CustomStringConvertible {
        let path: String
        var description: String {
            "no \(path), which logs in to the nodes for prov; bin/prov builds it, and make install puts "
                + "it beside prov"
        }
    }
}
