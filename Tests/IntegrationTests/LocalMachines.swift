import DeploymentState
import Glibc
import Shell
import Testing

/// What a test must know to make machines of `prov/local`.
enum LocalMachines {
    /// The checkout.
    static var repository: String {
        let tests = Files.split(Files.split(#filePath).directory).directory
        return Files.split(tests).directory
    }

    /// The template's folder.
    static var template: String { repository + "/prov/local" }

    /// Whether real machines can be made here.
    static let canBeMade =
        getuid() == 0 && ProvProgram.hasTerraform
        && ["systemd-nspawn", "mmdebstrap", "ip"].allSatisfy { LocalProcess.find($0) != nil }

    /// Why a test that needs them is skipped.
    static let reason: Comment =
        "real machines need Linux, root, terraform, systemd-nspawn, mmdebstrap and ip"
}
