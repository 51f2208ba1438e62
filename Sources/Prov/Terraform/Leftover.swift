import DeploymentState
import FoundationEssentials
import Glibc

/// The terraform that is at work in a state directory, recorded so that it can be found again when
/// its `prov` was killed.
struct Leftover: Sendable, Hashable, Codable {
    /// The process, which leads a group with all that it started.
    let id: Int32
    /// When it started, in clock ticks after the boot, so that a reused number is not taken for it.
    let start: String
    /// The boot in which it ran.
    let boot: String
    /// The deployment's id, which stands in the environment of all that it started.
    let deployment: String

    private static func path(_ files: StateFiles) -> String { files.path + "/.terraform-process" }

    /// The variable by which ``deployment`` stands in the environment.
    static let variable = "PROV_DEPLOYMENT_ID"

    /// The variable by which the state directory stands there.
    static let directoryVariable = "PROV_STATE_DIRECTORY"

    /// What such a process is called, also before it has become terraform.
    private static let programs: Set = ["terraform", "tofu", "setpriv"]

    /// Records a process that has just started.
    static func record(_ id: Int32, deployment: String, in files: StateFiles) throws {
        guard let start = ProcessTable.start(of: id) else { return }
        let leftover = Leftover(
            id: id,
            start: start,
            boot: ProcessTable.boot,
            deployment: deployment
        )
        let data = try JSONEncoder().encode(leftover)
        try Files.write(Array(data), to: path(files), durably: false)
    }

    /// Forgets the process, because it has ended and nothing is left of it.
    static func forget(in files: StateFiles) throws { try Files.remove(path(files)) }

    /// Waits until all that a killed `prov` left at work has ended, and ends it if it goes on.
    ///
    /// Terraform got SIGINT from the kernel when its `prov` died, so that it is about to stop, which
    /// takes as long as the cloud takes to answer; a second SIGINT would cost it its state.
    /// What still runs after `patience` gets SIGINT, 10 s later SIGTERM, 5 s later SIGKILL.
    static func end(
        in files: StateFiles,
        patience: Duration = .seconds(600),
        say: (String) -> Void
    ) async throws {
        if Files.exists(path(files)) {
            let data = Data(try Files.bytes(of: path(files)))
            // A record that makes no sense cannot lead to a process.
            if let leftover = try? JSONDecoder().decode(Self.self, from: data) {
                try await leftover.end(patience: patience, say: say)
            }
            try forget(in: files)
        }
        for leftover in unrecorded(in: files) {
            try await leftover.end(patience: patience, say: say)
        }
    }

    /// The terraforms that started in the moment in which their `prov` was killed, before it could
    /// record them, and perhaps before the kernel knew that they are to be told.
    private static func unrecorded(in files: StateFiles) -> [Leftover] {
        let mark = "\(directoryVariable)=\(files.path)"
        return ProcessTable.all.compactMap { id in
            guard programs.contains(ProcessTable.name(of: id)),
                let start = ProcessTable.start(of: id)
            else { return nil }
            let environment = ProcessTable.environment(of: id)
            let own = environment.first { $0.hasPrefix("\(variable)=") }
            guard environment.contains(mark), let own else { return nil }
            return Leftover(
                id: id,
                start: start,
                boot: ProcessTable.boot,
                deployment: String(own.dropFirst(variable.count + 1))
            )
        }
    }

    private func end(patience: Duration, say: (String) -> Void) async throws {
        guard boot == ProcessTable.boot, isAtWork else { return }
        say("waiting for the terraform (process \(id)) that a killed prov left at work")
        // Without its leader the group is no longer told to stop by anybody.
        let leads = ProcessTable.start(of: id) == start
        if try await ended(within: leads ? patience : .zero) { return }
        for (signal, wait) in [(SIGINT, 10), (SIGTERM, 5), (SIGKILL, 5)] {
            kill(-id, signal)
            if try await ended(within: .seconds(wait)) { return }
        }
    }

    private func ended(within limit: Duration) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while isAtWork {
            guard ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: .milliseconds(20))
        }
        return true
    }

    /// Whether the process, or one of its group that bears the deployment's mark, still runs.
    private var isAtWork: Bool {
        if ProcessTable.start(of: id) == start { return true }
        guard kill(-id, 0) == 0 else { return false }
        let mark = "\(Self.variable)=\(deployment)"
        return ProcessTable.group(id).contains { ProcessTable.environment(of: $0).contains(mark) }
    }
}

/// What `/proc` says of processes; empty where there is none.
enum ProcessTable {
    /// The random id of this boot.
    static var boot: String {
        (try? Files.read("/proc/sys/kernel/random/boot_id")) ?? ""  // no Linux
    }

    /// When the process started, in clock ticks after the boot; `nil` if it has ended.
    static func start(of id: Int32) -> String? {
        let fields = statFields(of: id)
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return fields[19]
    }

    /// All processes.
    static var all: [Int32] {
        ((try? Files.list("/proc")) ?? []).compactMap { Int32($0) }  // no Linux
    }

    /// The name of the process's program, its first 15 bytes.
    static func name(of id: Int32) -> String {
        let text = (try? Files.read("/proc/\(id)/comm")) ?? ""  // ended
        return String(text.prefix { $0 != "\n" })
    }

    /// The living processes of a group.
    static func group(_ id: Int32) -> [Int32] {
        all.filter { process in
            let fields = statFields(of: process)
            return fields.count > 2 && fields[2] == "\(id)" && fields[0] != "Z"
        }
    }

    /// The environment with which the process started, as `NAME=VALUE`.
    static func environment(of id: Int32) -> [String] {
        let text = (try? Files.read("/proc/\(id)/environ")) ?? ""  // ended, or not ours to read
        return text.split(separator: "\0").map(String.init)
    }

    /// Returns the third field of `/proc/ID/stat` and all after it: state, parent, group and so on.
    private static func statFields(of id: Int32) -> [String] {
        let text = (try? Files.read("/proc/\(id)/stat")) ?? ""  // ended
        guard let name = text.lastIndex(of: ")") else { return [] }
        return text[text.index(after: name)...].split(separator: " ").map(String.init)
    }
}
