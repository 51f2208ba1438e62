import Dispatch
import Synchronization
import Testing

@testable import Prov

@Suite("Console", .timeLimit(.minutes(3)))
struct ConsoleTests {
    /// What was written, and a wait for it.
    private final class Written: Sendable {
        private let texts = Mutex<[String]>([])
        func add(_ text: String) { texts.withLock { $0.append(text) } }
        /// Returns the first text for which `fits` holds, once there is one.
        func first(_ fits: (String) -> Bool) async throws -> String {
            while true {
                if let text = texts.withLock({ $0.first(where: fits) }) { return text }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        var all: [String] { texts.withLock { $0 } }
    }

    @Test("without a terminal says now and then what is going on, and what its script is at")
    func ticks() async throws {
        let written = Written()
        let console = Console(isTerminal: false, interval: .milliseconds(10)) { text, file in
            if file == 2 { written.add(text) }
        }
        console.begin("terraform apply")
        _ = try await written.first { $0.hasPrefix("… ") && $0.hasSuffix("s  terraform apply\n") }
        let progress = ApplyProgress(console, verb: "made")
        let image = "terraform_data.image"
        progress.handle(.planned(add: 9, change: 0, remove: 0))
        progress.handle(.started(resource: image, action: "create"))
        progress.handle(
            .output(resource: image, line: "local-exec: image 0a1b: 12 s, installing packages...")
        )
        // another one that is done meanwhile does not hide it
        progress.handle(.started(resource: "terraform_data.place", action: "create"))
        progress.handle(.finished(resource: "terraform_data.place", action: "create"))
        let end = "1/9 made  \(image): image 0a1b: 12 s, installing packages...\n"
        _ = try await written.first { $0.hasPrefix("… ") && $0.hasSuffix("s  " + end) }
        console.end()
        #expect(written.all.first == "terraform apply\n")
        #expect(written.all.allSatisfy { $0.hasSuffix("\n") && !$0.contains("\u{1B}") })
    }
}
