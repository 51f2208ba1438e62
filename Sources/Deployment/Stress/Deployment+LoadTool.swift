import DeploymentState
import Shell
import Usage

extension Deployment {
    /// Puts the load tool on all clients; one that is there already, byte for byte, is kept.
    ///
    /// - Parameter tool: The local path of the static executable, which `bin/build bench-load` prints.
    /// - Throws: ``FanOutError`` with every failure.
    public func installLoadTool(_ tool: String) async throws {
        try await progress.step("install the load tool on \(clients.count.of("client"))") { _ in
            let digest = try await LocalProcess("sha256sum", ["--", tool], timeLimit: .seconds(60))
                .execute().outputText.prefix(64)
            try await onEach(clients) { remote in
                let check = RemoteCall(["sha256sum", "--", .plain(Loader.tool)])
                let present = try await remote.capture(check)
                guard !present.output.hasPrefix(digest) else { return }
                try await remote.withStaging { staging in
                    let staged = "\(staging)/bench"
                    try await remote.upload(tool, to: staged, mode: 0o755)
                    let install: Command = [
                        "install", "-D", "--mode", "0755", .plain(staged), .plain(Loader.tool),
                    ]
                    try await remote.execute(.root(install))
                }
            }
        }
    }
}
