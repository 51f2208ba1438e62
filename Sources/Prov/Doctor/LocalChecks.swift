import DeploymentState
import Glibc
import Shell

/// Looks whether this host can make the machines of `prov/local`.
enum LocalChecks {
    /// The programs that it needs, with Debian's package of each.
    private static let programs = [
        ("systemd-nspawn", "systemd-container"), ("mmdebstrap", "mmdebstrap"), ("ip", "iproute2"),
        ("nsenter", "util-linux"),
    ]

    /// Space for the image, its build and some machines.
    static let bytesNeeded: UInt64 = 2 << 30

    /// Returns one finding for each thing; none for other templates.
    static func findings(for template: TemplateFolder) async throws -> [Finding] {
        guard Files.exists(template.path + "/lib/cgroup.bash") else { return [] }
        var findings = programs.map { name, package -> Finding in
            LocalProcess.find(name).map { .ok(name, $0) }
                ?? .fault(name, "not in PATH", remedy: "apt-get install \(package), or make setup")
        }
        findings.append(try await root())
        findings.append(cgroups(at: "/sys/fs/cgroup"))
        findings.append(disk(at: "/var/lib"))
        return findings
    }

    private static func root() async throws -> Finding {
        if geteuid() == 0 { return .ok("root", "prov runs as root") }
        let remedy = "run as root, or let sudo work without a password (sudo -v asks once)"
        guard LocalProcess.find("sudo") != nil else {
            return .fault("root", "neither root nor sudo", remedy: remedy)
        }
        let outcome = try await LocalProcess("sudo", ["-n", "true"], timeLimit: .seconds(10)).run()
        return outcome.isSuccess
            ? .ok("root", "by sudo") : .fault("root", "sudo wants a password", remedy: remedy)
    }

    /// Judges the control groups at a mount point: version 2, or version 1 with its controllers.
    ///
    /// Nothing needs cpuset until a config pins machines to processors, so that its absence is no fault.
    static func cgroups(at path: String) -> Finding {
        let unpinned = ", without cpuset: server_cpuset and its like are refused"
        if Files.exists(path + "/cgroup.controllers") {
            // what cannot be read names none
            let names = (try? Files.read(path + "/cgroup.controllers")) ?? ""
            let canPin = names.split(whereSeparator: \.isWhitespace).contains("cpuset")
            return .ok("cgroups", "version 2" + (canPin ? "" : unpinned))
        }
        let controllers = ["cpu", "memory", "pids"].filter { !Files.isDirectory("\(path)/\($0)") }
        guard !controllers.isEmpty else {
            let canPin = Files.isDirectory(path + "/cpuset")
            return .ok("cgroups", "version 1" + (canPin ? "" : unpinned))
        }
        return .fault(
            "cgroups",
            "\(path) has none for \(controllers.joined(separator: ", "))",
            remedy: "mount cgroup2 there (mount -t cgroup2 none \(path)), or leave the container"
        )
    }

    /// Judges the free space of a file system.
    static func disk(at path: String, needed: UInt64 = bytesNeeded) -> Finding {
        var info = statvfs()
        guard statvfs(path, &info) == 0 else {
            return .unchecked("disk", "\(path) cannot be looked at")
        }
        let free = UInt64(info.f_bavail) * UInt64(info.f_frsize)
        let text = "\(free >> 20) MB free at \(path)"
        return free >= needed
            ? .ok("disk", text)
            : .fault("disk", text, remedy: "make room: the image and machines take 2 GB")
    }
}
