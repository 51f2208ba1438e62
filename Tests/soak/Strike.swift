import DeploymentState
import Glibc
import Shell
import TestSupport

extension Bed {
    /// Runs a call and strikes after the delay, or as soon after it as there is what is to be struck.
    ///
    /// - Returns: How the call ended, and whether anything was struck: it may have ended before.
    func run(_ call: LocalProcess, striking blow: Blow, after delay: Duration) async throws -> (
        outcome: Outcome, isStruck: Bool
    ) {
        let ids = AsyncStream<Int32>.makeStream()
        async let pending = call.run(onStart: { id in
            ids.continuation.yield(id)
            ids.continuation.finish()
        })
        var isStruck = false
        for await id in ids.stream {
            try await Task.sleep(for: delay)
            isStruck = strike(blow, process: id)
            while !isStruck, Self.directory(of: id) == folder {
                try await Task.sleep(for: .milliseconds(20))
                isStruck = strike(blow, process: id)
            }
        }
        let outcome = try await pending
        if blow == .disk { try Files.remove(filler) }
        return (outcome, isStruck)
    }

    private var filler: String { "\(folder)/filler" }

    private func strike(_ blow: Blow, process: Int32) -> Bool {
        // It may have ended, and its number may be another's.
        let isAlive = Self.directory(of: process) == folder
        var struck = 0
        if blow == .prov || blow == .both || blow == .userScript, isAlive {
            struck += kill(process, SIGKILL) == 0 ? 1 : 0
        }
        if blow == .terraform || blow == .both {
            for process in terraforms { struck += kill(process, SIGKILL) == 0 ? 1 : 0 }
        }
        if blow == .machineScript {
            for process in scripts { struck += kill(process, SIGKILL) == 0 ? 1 : 0 }
        }
        if blow == .disk, isAlive {
            fillDisk()
            struck += 1
        }
        return struck > 0
    }

    /// Writes until nothing more fits.
    private func fillDisk() {
        let file = open(filler, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        let zeros = [UInt8](repeating: 0, count: 1 << 16)
        for size in [1 << 16, 4_096, 1] { while write(file, zeros, size) > 0 {} }
    }

    /// The terraform processes at work in the state directory.
    private var terraforms: [Int32] {
        Self.processes.filter { process in
            let name = (try? Files.read("/proc/\(process)/comm")) ?? ""  // ended meanwhile
            return (name.hasPrefix("terraform") || name.hasPrefix("tofu"))
                && Self.directory(of: process).hasPrefix("\(folder)/\(self.name)/")
        }
    }

    /// The scripts by which `prov/local` makes and ends machines, but no machine.
    private var scripts: [Int32] {
        guard let id else { return [] }
        return Self.processes.filter { process in
            // Ended meanwhile: an empty text.
            let groups = (try? Files.read("/proc/\(process)/cgroup")) ?? ""
            return groups.contains("prov/\(id)/") && groups.contains("/create/")
        }
    }

    private static var processes: [Int32] {
        (try? Files.list("/proc"))?.compactMap { Int32($0) } ?? []  // always there
    }

    /// Where a process works; empty if it has ended.
    private static func directory(of id: Int32) -> String {
        var path = [CChar](repeating: 0, count: 4_096)
        let count = max(0, readlink("/proc/\(id)/cwd", &path, path.count))
        return String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
