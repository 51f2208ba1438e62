import Foundation
import Shell

/// The load tool's executable on this machine.
public enum LoadTool {
    /// Builds the static executable if it is missing or stale, and returns its path.
    ///
    /// - Parameter progress: What a person sees meanwhile; a first build takes minutes.
    /// - Returns: The executable's path.
    /// - Throws: If the sources are not above the running script's executable, or do not build.
    public static func build(_ progress: Progress = Progress()) async throws -> String {
        guard let checkout = Checkout.ofThisProgram else {
            throw Missing(executable: Checkout.executable.path)
        }
        return try await build(in: checkout, progress)
    }

    static func build(in checkout: String, _ progress: Progress) async throws -> String {
        try await progress.step("build the load tool, unless it is built") { _ in
            let program = checkout + "/bin/build"
            guard DryRun.current == nil else { return "bench-load" }
            let build = LocalProcess(program, ["bench-load"], timeLimit: .seconds(1_800))
            return try await build.execute().outputText.trimmingCharacters(in: .newlines)
        }
    }

    private struct Missing: Error, CustomStringConvertible {
        let executable: String

        var description: String {
            "\(executable): no bin/build in a folder above; run the script by \"swift run\""
        }
    }
}
