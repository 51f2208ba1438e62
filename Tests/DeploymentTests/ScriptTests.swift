import DeploymentState
import Foundation
import Synchronization
import Testing
import Usage

@testable import Deployment

@Suite("Script")
struct ScriptTests {
    private let usage = Usage(
        "measure",
        summary: "Measures.",
        example: "measure 4504 --rate 1",
        operands: [.init("NAME", "the deployment")],
        options: [.init("rate", value: "N", "requests per second")]
    )

    @Test(
        "reads its words before it connects, and takes whatever is wrong with them for wrong usage"
    )
    func words() throws {
        let read: (Arguments) throws -> Double = {
            try $0.number("rate", default: 5, in: 1...10)
        }
        #expect(try Script.words(usage, ["measure", "4504", "--rate", "2"], read).1 == 2)
        let error = #expect(throws: UsageError.self) {
            try Script.words(usage, ["measure", "4504", "--rate", "11"], read)
        }
        #expect(error?.problem == #"--rate must be a number from 1 to 10, not "11""#)
        let misuse = #expect(throws: UsageError.self) {
            try Script.words(usage, ["measure", "4504"]) { _ in throw Misuse.label("a/b") }
        }
        #expect(misuse?.problem == Misuse.label("a/b").description)
    }

    @Test("knows the checkout that it was built in, where its deployments may lie")
    func checkout() throws {
        let folder = try Files.makeTemporaryDirectory("prov-checkout")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        try Files.makeDirectory(folder + "/bin")
        try Files.write("#!/bin/sh\n", to: folder + "/bin/build", mode: 0o755)
        let program = URL(filePath: folder + "/.build/debug/measure")
        #expect(Checkout.above(program) == folder)
        #expect(Checkout.above(URL(filePath: "/usr/bin/env")) == nil)
    }

    @Test("names each invalid trial at its end, without the reasons that the script has printed")
    func invalid() {
        let trials = [
            TrialError(directory: "trials/a", reasons: ["one"]),
            TrialError(directory: "trials/b", reasons: ["one", "two"]),
        ]
        #expect(
            Script.InvalidTrials(trials: trials).description == """
                trials/a: the trial is invalid; 1 reason in its trial.json
                trials/b: the trial is invalid; 2 reasons in its trial.json
                """
        )
    }

    @Test("says that it builds the load tool while it does")
    func build() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-checkout")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        try Files.makeDirectory(folder + "/bin")
        try Files.write("#!/bin/sh\necho /x/$1\n", to: folder + "/bin/build", mode: 0o755)
        let said = Mutex("")
        let progress = Progress(isTerminal: false) { text in said.withLock { $0 += text } }
        #expect(try await LoadTool.build(in: folder, progress) == "/x/bench-load")
        #expect(said.withLock { $0 }.hasPrefix("✓ build the load tool, unless it is built "))
    }
}
