import DeploymentState
import Glibc
import Testing

@testable import Prov

@Suite("Removing a state directory")
struct StateRemovalTests {
    @Test("leaves whatever a new deployment puts into it once the lock has gone")
    func neverAnothers() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-removal")
        defer { try? Files.remove(folder) }  // what is left lies among temporary files
        let files = StateFiles("\(folder)/demo")
        let losses = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    var losses = 0
                    for round in 0..<400 {
                        losses += try await Self.makeAndRemove(files, "\(worker) \(round)") ? 0 : 1
                    }
                    return losses
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(losses == 0)
        #expect(!Files.exists(files.path))
    }

    /// Makes a deployment and removes it; returns whether it was whole until the end.
    private static func makeAndRemove(_ files: StateFiles, _ text: String) async throws -> Bool {
        while true {
            do {
                let lock = try DeploymentLock(files, command: "test", makesDirectory: true) { _ in }
                defer { withExtendedLifetime(lock) {} }
                try Files.write(text, to: files.config, durably: false)
                // A chance for another that is in the middle of its removal.
                sched_yield()
                let isWhole = Files.exists(files.config) && (try? Files.read(files.config)) == text
                try StateRemoval.remove(files)
                return isWhole
            } catch InventoryError.held {
                await Task.yield()
            }
        }
    }

    @Test("no directory is waited for where a link leads to none")
    func danglingLink() throws {
        let folder = try Files.makeTemporaryDirectory("prov-removal")
        defer { try? Files.remove(folder) }  // what is left lies among temporary files
        let files = StateFiles("\(folder)/demo")
        #expect(symlink("\(folder)/none", files.path) == 0)
        #expect(
            throws: InventoryError.unwritable(path: files.lock, reason: "no such file or directory")
        ) {
            let lock = try DeploymentLock(files, command: "test", makesDirectory: true) { _ in }
            withExtendedLifetime(lock) {}
        }
    }

    @Test("takes what only a killed prov left for no deployment's")
    func remnants() throws {
        let folder = try Files.makeTemporaryDirectory("prov-removal")
        defer { try? Files.remove(folder) }  // what is left lies among temporary files
        let files = StateFiles(folder)
        #expect(try StateRemoval.isRemnant(files))
        for path in [files.lock, files.gitignore] { try Files.write("*\n", to: path) }
        #expect(try StateRemoval.isRemnant(files))
        try Files.write("mine", to: folder + "/notes")
        #expect(try !StateRemoval.isRemnant(files))
    }
}
