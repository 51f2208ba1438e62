import DeploymentState
import Glibc
import Shell
import TestSupport
import Testing

/// The built `prov` with a folder of its own to work in, which is removed when `body` ends.
struct ProvProgram: Sendable {
    /// Where it runs.
    let folder: String
    private(set) var environment: [String: String]

    /// Whether there is a terraform to run it with.
    static let hasTerraform =
        LocalProcess.find("terraform") != nil || LocalProcess.find("tofu") != nil

    /// The template whose machines are processes.
    static var processes: String {
        let tests = Files.split(Files.split(#filePath).directory).directory
        return "\(tests)/Templates/processes"
    }

    /// Where the images of `prov/local` are kept between tests.
    private static let images =
        Files.environment("PROV_IMAGES")
        ?? (Files.environment("HOME") ?? "/root") + "/.cache/prov/images"

    /// The executable, which lies beside the tests.
    static var executable: String {
        let words = CommandLine.arguments
        let option = words.firstIndex(of: "--test-bundle-path").map { words[$0 + 1] }
        var folder = Files.split(Files.absolute(option ?? words[0])).directory
        while folder != "/", !Files.isExecutable("\(folder)/prov") {
            folder = Files.split(folder).directory
        }
        return "\(folder)/prov"
    }

    /// Makes the folder, and removes it with all that was left in it.
    static func with(_ body: (ProvProgram) async throws -> Void) async throws {
        var template = Array("/tmp/prov-test-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        Keeper.shared.keep(folder)
        let program = ProvProgram(folder: folder)
        try Files.write("", to: folder + "/terraform.rc")
        do {
            try await body(program)
        } catch {
            await uncancelled { await program.cleanUp() }
            throw error
        }
        await uncancelled { await program.cleanUp() }
    }

    private init(folder: String) {
        self.folder = folder
        // This terraform must read nobody's own settings.
        environment = [
            "PATH": Files.environment("PATH") ?? "/usr/bin:/bin", "HOME": folder,
            "TF_CLI_CONFIG_FILE": folder + "/terraform.rc", "PROV_IMAGES": Self.images,
            // What is left of it when the tests are killed is found by this.
            Keeper.variable: Keeper.shared.value,
        ]
    }

    /// Returns this program with more variables in its environment.
    func adding(_ variables: [String: String]) -> ProvProgram {
        var program = self
        program.environment.merge(variables) { _, new in new }
        return program
    }

    /// Returns this program without a variable in its environment.
    func without(_ variable: String) -> ProvProgram {
        var program = self
        program.environment[variable] = nil
        return program
    }

    /// Describes a call of `prov` by somebody who agrees to what it does; nobody can be asked.
    func call(_ words: [String]) -> LocalProcess {
        let asks = ["provision", "adopt", "deprovision"].contains(words.first)
        return asking(asks && !words.contains("--yes") ? words + ["--yes"] : words)
    }

    /// Describes a call of `prov` with just these words.
    func asking(_ words: [String]) -> LocalProcess { call(Self.executable, words) }

    /// Describes a call of `prov` at a terminal, at which `answers` are typed.
    func atTerminal(_ words: [String], typing answers: String) -> LocalProcess {
        var call = call("script", ["-qec", "\(Command([Self.executable] + words))", "/dev/null"])
        call.input = Array(answers.utf8)
        return call
    }

    /// Describes a call of another program in the same folder.
    func call(_ program: String, _ words: [String], limit: Duration = .seconds(120)) -> LocalProcess
    {
        LocalProcess(
            program,
            words,
            environment: environment,
            directory: folder,
            timeLimit: limit
        )
    }

    /// Calls `prov`.
    func run(_ words: String...) async throws -> Outcome { try await call(words).run() }

    /// The machines of the template ``processes`` that are alive, by the deployment's id.
    static func machines(of id: String) throws -> [String] {
        try Files.list("/proc").filter { Int($0) != nil }.compactMap { process in
            let text = (try? Files.read("/proc/\(process)/cmdline")) ?? ""  // ended meanwhile
            return text.hasPrefix("prov-machine \(id) ") ? text : nil
        }
    }

    /// The processes that run in the deployment's copy of the template.
    func processes(of name: String) throws -> [Int32] {
        try Files.list("/proc").compactMap { Int32($0) }.filter { process in
            var path = [CChar](repeating: 0, count: 4_096)
            let count = readlink("/proc/\(process)/cwd", &path, path.count)
            guard count > 0 else { return false }
            let bytes = path[..<count].map { UInt8(bitPattern: $0) }
            return String(decoding: bytes, as: UTF8.self).hasPrefix("\(folder)/\(name)/tf")
        }
    }

    private func cleanUp() async {
        let names = StateDirectory.names(in: folder)
        for name in names { _ = try? await run("deprovision", name) }  // the test says the fault
        // What still has machines is the keeper's, which ends them without terraform.
        guard StateDirectory.names(in: folder).isEmpty else { return }
        guard (try? Files.remove(folder)) != nil else { return }  // the keeper tries again
        Keeper.shared.forget(folder)
    }
}
