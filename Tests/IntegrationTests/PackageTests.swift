import DeploymentState
import Shell
import Testing

@Suite("A fresh machine", .timeLimit(.minutes(2)))
struct PackageTests {
    /// What the README asks for, what bin/setup takes from PyPI, and what is used only where it is.
    private static let others: Set = ["swift", "clang", "terraform", "tofu", "aws", "xdg-open"]

    @Test("has from bin/setup every package whose programs scripts, tests and benchmarks call")
    func programs() async throws {
        let root = LocalMachines.repository
        let folders = ["bin", "prov", "Tests", "Benchmarks", "Sources"]
        let calls = try CalledPrograms(below: folders, of: root).calls
        // What tests look for in vain, and the package's own scripts, which its build makes.
        let own = Set(try Files.list("\(root)/Scripts")).union(["no-such-program"])
        #expect(calls.count > 100)
        let owners = try await Self.owners(of: Set(calls.map(\.program)))
        let provided = try await Self.provided(by: Files.read("\(root)/bin/setup"))
        var missing: [String] = []
        for call in calls where !Self.others.union(own).contains(call.program) {
            if let packages = owners[call.program] {
                guard packages.isDisjoint(with: provided) else { continue }
                missing.append("\(call.file) calls \(call.program), of \(packages.sorted())")
            } else if call.isCertain {
                missing.append("\(call.file) calls \(call.program), which is nowhere here")
            }
        }
        #expect(missing.sorted() == [])
    }

    @Test(
        "is asked for the programs that a text runs, and for no other word",
        arguments: [
            ("sudo -n true", .shell, ["sudo", "true"]), ("    exec sudo x", .shell, ["sudo", "x"]),
            ("x | sudo tee y", .shell, ["x", "sudo", "tee"]), ("# sudo is not needed", .shell, []),
            ("a=$(bc <<<\"1\")", .shell, ["bc"]), ("say \"let sudo work\"", .shell, ["say"]),
            ("FILE=x jq . && curl z", .shell, ["jq", "curl"]), ("\"$program\" load", .shell, []),
            ("dump = Popen(\n    [\"tcpdump\", \"-i\"])", .python, ["tcpdump"]),
            ("words = [\"tcpdump\"]", .python, []),
            ("LocalProcess(\"sudo\", [])", .swift, ["sudo"]),
            ("    \"sudo\", [\"-n\"]", .swift, []),
            ("prov.call(\"sudo\", words)", .swift, ["sudo"]),
        ] as [(String, CalledPrograms.Language, Set<String>)]
    )
    func calls(text: String, language: CalledPrograms.Language, expected: Set<String>) {
        #expect(CalledPrograms.programs(in: text, language) == expected)
    }

    /// The installed packages that own a program of each name; none for what is not there, or of no package.
    private static func owners(of programs: Set<String>) async throws -> [String: Set<String>] {
        // In Debian /bin is a link, but a package may still own the path through it.
        let folders = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"]
        let places = programs.sorted().flatMap { program in
            folders.map { (path: "\($0)/\(program)", program: program) }
        }.filter { Files.exists($0.path) }
        // Behind an alternative.
        let real = try await LocalProcess("realpath", places.map(\.path)).execute()
        var paths = Dictionary(places.map { ($0.path, $0.program) }) { first, _ in first }
        for (path, place) in zip(Self.lines(real), places) { paths[path] = place.program }
        // It fails for paths that no package owns, and prints the others.
        let found = try await LocalProcess("dpkg", ["-S"] + paths.keys.sorted()).run()
        var owners: [String: Set<String>] = [:]
        for line in Self.lines(found) {
            guard let colon = line.firstRange(of: ": "),
                let program = paths[String(line[colon.upperBound...])]
            else { continue }
            let names = line[..<colon.lowerBound].split(separator: ",").map {
                String($0.drop { $0 == " " }.prefix { $0 != ":" })
            }
            owners[program, default: []].formUnion(names)
        }
        return owners
    }

    /// What every Debian has, what bin/setup names, and what its packages need.
    private static func provided(by setup: String) async throws -> Set<String> {
        let named = Set(setup.split { " \n()".contains($0) }.map(String.init))
        let format = "${Package}\t${Essential}\t${Priority}\t${Depends}\n"
        let installed = try await LocalProcess("dpkg-query", ["-W", "-f", format]).execute()
        var provided = named
        var needs: [String: [String]] = [:]
        for line in Self.lines(installed) {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(
                String.init
            )
            guard fields.count == 4 else { continue }
            if fields[1] == "yes" || fields[2] == "required" { provided.insert(fields[0]) }
            needs[fields[0]] = fields[3].split { ",|".contains($0) }.map { dependency in
                String(dependency.drop { $0 == " " }.prefix { !" (:".contains($0) })
            }
        }
        var rest = Array(provided)
        while let package = rest.popLast() {
            for need in needs[package] ?? [] where provided.insert(need).inserted {
                rest.append(need)
            }
        }
        return provided
    }

    private static func lines(_ outcome: Outcome) -> [String] {
        outcome.outputText.split(separator: "\n").map(String.init)
    }
}
