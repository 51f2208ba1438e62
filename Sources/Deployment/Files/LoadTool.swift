import Foundation
import Shell

/// The load tool's executable on this machine.
public enum LoadTool {
    /// Builds the static executable if it is missing or stale, and returns its path.
    ///
    /// - Throws: If the sources are not above the running script's executable, or do not build.
    public static func build() async throws -> String {
        guard let checkout = Checkout.ofThisProgram else {
            throw Missing(executable: Checkout.executable.path)
        }
        let build = LocalProcess(checkout + "/bin/build", ["bench-load"], timeLimit: .seconds(1_800))
        return try await build.execute().outputText.trimmingCharacters(in: .newlines)
    }

    private struct Missing: Error, CustomStringConvertible {
        let executable: String

        var description: String {
            "\(executable): no bin/build in a folder above; run the script by \"swift run\""
        }
    }
}
