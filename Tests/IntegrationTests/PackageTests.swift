import DeploymentState
import Shell
import Testing

@Suite("A fresh machine", .timeLimit(.minutes(1)))
struct PackageTests {
    /// Programs with the package that brings them, where their names differ.
    private static let packages = [
        "ansible": "ansible-core", "curl": "curl", "fish": "fish", "flock": "util-linux",
        "git": "git", "ip": "iproute2", "java": "default-jdk-headless",
        "javac": "default-jdk-headless", "jq": "jq", "make": "make", "mmdebstrap": "mmdebstrap",
        "nsenter": "util-linux", "ps": "procps", "python3": "python3-venv",
        "redis-cli": "redis-tools", "redis-server": "redis-server", "rsync": "rsync",
        "script": "util-linux", "setpriv": "util-linux", "shellcheck": "shellcheck",
        "ssh": "openssh-client", "ssh-keygen": "openssh-client", "ssh-keyscan": "openssh-client",
        "sshd": "openssh-server", "sudo": "sudo", "systemd-nspawn": "systemd-container",
        "unshare": "util-linux", "zsh": "zsh",
    ]

    @Test("has from bin/setup every program that scripts and tests name as theirs")
    func programs() throws {
        let root = LocalMachines.repository
        let setup = try Files.read("\(root)/bin/setup")
        let words = Set(setup.split { " \n()".contains($0) }.map(String.init))
        var missing: [String] = []
        for (path, text) in try texts(below: ["bin", "prov", "Tests", "Benchmarks", "Sources"]) {
            for (program, package) in Self.packages where !words.contains(package) {
                if Self.calls(program, in: text, isSwift: path.hasSuffix(".swift")) {
                    missing.append("\(path) calls \(program), of \(package)")
                }
            }
        }
        #expect(missing.sorted() == [])
    }

    @Test(
        "is asked for a program where a line of shell or Swift runs it, and nowhere else",
        arguments: [
            ("sudo -n true", false, true), ("    exec sudo -n x", false, true),
            ("x | sudo tee y", false, true), ("# sudo is not needed", false, false),
            ("say \"let sudo work\"", false, false), ("LocalProcess(\"sudo\", [])", true, true),
            ("    \"sudo\", [\"-n\"]", true, false), ("prov.call(\"sudo\", words)", true, true),
        ]
    )
    func calls(text: String, isSwift: Bool, expected: Bool) {
        #expect(Self.calls("sudo", in: text, isSwift: isSwift) == expected)
    }

    /// Whether a text runs the program: as a line's command, or as the program of a process.
    private static func calls(_ program: String, in text: String, isSwift: Bool) -> Bool {
        if isSwift {
            let ways = ["LocalProcess(\"", "call(\"", "ChildProcess([\"", "LocalProcess.find(\""]
            return ways.contains { text.contains("\($0)\(program)\"") }
        }
        return text.split(separator: "\n").contains { line in
            // Behind `|`, `&&`, `$(` and `exec` stands a command too.
            let parts = line.replacing("$(", with: "|").replacing("&&", with: "|")
                .split { "|;".contains($0) }
            return parts.contains { part in
                var words = part.split(separator: " ")
                while let first = words.first, ["exec", "then", "do", "if", "!"].contains(first) {
                    words.removeFirst()
                }
                return words.first.map { $0 == program } ?? false
            }
        }
    }

    /// The shell scripts and Swift sources below some folders.
    private func texts(below folders: [String]) throws -> [(String, String)] {
        let root = LocalMachines.repository
        var found: [(String, String)] = []
        var rest = folders
        while let path = rest.popLast() {
            for name in try Files.list("\(root)/\(path)") where !name.hasPrefix(".") {
                let child = "\(path)/\(name)"
                if Files.isDirectory("\(root)/\(child)") {
                    rest.append(child)
                } else if name.hasSuffix(".swift") || Files.isExecutable("\(root)/\(child)") {
                    let text = try Files.read("\(root)/\(child)")
                    let isShell = text.hasPrefix("#!") && text.prefix(30).contains("sh\n")
                    if isShell || name.hasSuffix(".swift") { found.append((child, text)) }
                }
            }
        }
        return found
    }
}
