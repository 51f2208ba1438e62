import DeploymentState
import Shell
import Testing

/// The driver of `make fuzz`, with a reader that fails in every way that it must see.
@Suite("The fuzz driver", .timeLimit(.minutes(3)))
struct FuzzDriverTests {
    private func fuzz(_ words: [String]) async throws -> Outcome {
        let program = "\(Files.split(ProvProgram.executable).directory)/fuzz"
        return try await LocalProcess(program, words, timeLimit: .seconds(150)).run()
    }

    @Test(
        "sees crash, hang, memory, wrong answer and refusal without place, each as small as it can be"
    )
    func sees() async throws {
        let outcome = try await fuzz(["--target", "broken", "--inputs", "6", "--seed", "9"])
        #expect(outcome.status == .exited(1), "\(outcome.errorText)")
        let faults = [
            (0, "a crash: ended by signal ", "CRASH"), (1, "more than 256 MiB", "EAT"),
            (3, "a hang of more than 2 s", "HANG"), (4, "a wrong answer", "REFUSE"),
            (5, "a wrong answer", "WRONG"),
        ]
        for (number, fault, rest) in faults {
            let path = "\(LocalMachines.repository)/.build/fuzz/broken-9-\(number)"
            #expect(
                outcome.outputText.contains("broken: \(fault)"),
                "\(fault): \(outcome.outputText)"
            )
            #expect(outcome.outputText.contains("at input \(number)\n  \(path) ("))
            #expect(try Files.read(path) == rest)
            try Files.remove(path)
        }
        #expect(outcome.outputText.contains("a refusal without a place: without any"))
    }

    @Test("the same seed makes the same inputs, another makes others")
    func repeats() async throws {
        func input(_ seed: String) async throws -> [UInt8] {
            try await fuzz(["--target", "yaml", "--input", "100", "--seed", seed]).output
        }
        let first = try await input("1")
        #expect(try await input("1") == first)
        #expect(try await input("2") != first)
    }

    @Test("a run that its limit of time cuts short fails, and says what was not tried")
    func unfinished() async throws {
        let words = ["--target", "yaml", "--target", "slots", "--inputs", "100", "--seconds"]
        let cut = try await fuzz(words + ["0"])
        #expect(cut.status == .exited(1))
        #expect(cut.outputText.hasSuffix("not done after 0 s, with inputs left: yaml slots\n"))
        let whole = try await fuzz(words + ["140"])
        #expect(whole.status == .exited(0), "\(whole.outputText)")
    }

    @Test("a target that is not there is refused with those that are")
    func unknown() async throws {
        let outcome = try await fuzz(["--target", "none"])
        #expect(outcome.status == .exited(1))
        #expect(outcome.errorText.hasPrefix("fuzz: no target \"none\"; there are: yaml config "))
    }
}
