// Gives readers of what comes from outside many inputs that nobody would write, and looks that each
// is taken or refused in order: no crash, no hang, little memory, a place in each refusal.
// README.md says more.

import DeploymentState
import Glibc
import Usage

let usage = Usage(
    "fuzz",
    summary: "Tries readers with inputs that nobody would write.",
    example: "fuzz --inputs 100000 --seed 7",
    options: [
        .init("inputs", value: "N", "inputs for each target, 100,000 by default"),
        .init("seconds", value: "N", "give up after so many seconds, and fail if inputs are left"),
        .init("seed", value: "N", "the same seed makes the same inputs; 1 by default"),
        .init("target", value: "NAME", "only this one; may be repeated"),
        .init("input", value: "N", "only the input of this number, printed on standard output"),
        .init("child", value: "NAME", "used by fuzz itself, as are the next ones"),
        .init("from", value: "N", "the first input"),
        .init("to", value: "N", "the input behind the last"),
        .init("file", value: "PATH", "an input"),
        .init("folder", value: "PATH", "where to write"),
    ]
)

do {
    let arguments = try usage.parse(Array(CommandLine.arguments.dropFirst()))
    if arguments.value("child") != nil {
        try runChild(arguments)
    } else if arguments.value("input") != nil {
        try printInput(arguments)
    } else {
        exit(try await runAll(arguments) ? 0 : 1)
    }
} catch {
    writeAll("fuzz: \(error)\n".utf8, to: STDERR_FILENO)
    exit(error is UsageError ? 2 : 1)
}

func number(_ name: String, _ arguments: Arguments, default standard: Int) throws -> Int {
    Int(try arguments.number(name, default: Double(standard), in: 0...1e15))
}

func findTarget(_ name: String?) throws -> Target {
    let names = Target.all.map(\.name)
    guard let target = (Target.all + [.broken]).first(where: { $0.name == name }) else {
        throw FuzzError("no target \"\(name ?? "")\"; there are: \(names.joined(separator: " "))")
    }
    return target
}

func runChild(_ arguments: Arguments) throws {
    let target = try findTarget(arguments.value("child"))
    let folder = arguments.value("folder") ?? "/tmp"
    let own = "\(folder)/\(target.name)"
    try Files.makeDirectory(own)
    let child = Child(
        target: target,
        scratch: Scratch(folder: own),
        progress: try Progress(file: own + (arguments.value("file") == nil ? ".progress" : ".one"))
    )
    if let file = arguments.value("file") {
        let bytes = try Files.bytes(of: file)
        return child.run(0..<1) { _ in bytes }
    }
    let seed = UInt64(try number("seed", arguments, default: 1))
    let mutator = try Seeds.mutator(of: target, seed: seed)
    let numbers = try number("from", arguments, default: 0)..<number("to", arguments, default: 0)
    child.run(numbers, input: mutator.input)
}

func printInput(_ arguments: Arguments) throws {
    let seed = UInt64(try number("seed", arguments, default: 1))
    let mutator = try Seeds.mutator(of: try findTarget(arguments.value("target")), seed: seed)
    let bytes = mutator.input(try number("input", arguments, default: 0))
    writeAll(bytes, to: STDOUT_FILENO)
}

/// Returns whether nothing failed.
func runAll(_ arguments: Arguments) async throws -> Bool {
    let asked = arguments.values("target")
    let names = try asked.isEmpty ? Target.all.map(\.name) : asked.map { try findTarget($0).name }
    let seconds = try number("seconds", arguments, default: 1_000_000)
    let seed = UInt64(try number("seed", arguments, default: 1))
    let folder = try Files.makeTemporaryDirectory("prov-fuzz")
    defer { try? Files.remove(folder) }  // what is left lies among temporary files
    let driver = Driver(
        inputs: try number("inputs", arguments, default: 100_000),
        deadline: .now + .seconds(seconds),
        seed: seed,
        folder: folder
    )
    let results = try await driver.run(names)
    print("target           inputs  accepted   refused  longest ms  MiB  failures   (seed \(seed))")
    for result in results { print(line(result)) }
    let store = "\(Seeds.repository)/.build/fuzz"
    for finding in results.flatMap(\.findings) {
        try Files.makeDirectory("\(Seeds.repository)/.build")
        try Files.makeDirectory(store)
        let place = try await driver.keep(finding, in: store)
        print("\(finding.target): \(finding.fault) at input \(finding.number)\n  \(place)")
        for text in finding.text.split(separator: "\n").prefix(6) { print("  \(text)") }
    }
    // What was not tried must not look as if it had passed.
    let unfinished = results.filter { $0.findings.isEmpty && $0.inputs < driver.inputs }
    if !unfinished.isEmpty {
        let names = unfinished.map(\.target).joined(separator: " ")
        print("not done after \(seconds) s, with inputs left: \(names)")
    }
    return unfinished.isEmpty && results.allSatisfy(\.findings.isEmpty)
}

func line(_ result: Driver.Result) -> String {
    func right(_ value: Int, _ width: Int) -> String {
        let text = "\(value)"
        return String(repeating: " ", count: max(1, width - text.count)) + text
    }
    return result.target + right(result.inputs, 23 - result.target.count)
        + right(result.accepted, 10) + right(result.refused, 10)
        + right(result.longest / 1_000, 12) + right(result.memory >> 10, 5)
        + right(result.findings.count, 10)
}
