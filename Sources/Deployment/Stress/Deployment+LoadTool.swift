import DeploymentState
import Shell
import Usage

extension Deployment {
    /// Puts the load tool on all clients, and whatever else the system's load program needs.
    ///
    /// What is there already, byte for byte, is kept.
    ///
    /// - Parameter tool: The local path of the static executable, which `bin/build bench-load` prints.
    /// - Throws: ``FanOutError`` with every failure.
    public func installLoadTool(_ tool: String) async throws {
        let needs = system.loadProgram?.needs ?? []
        try await progress.step("install the load tool on \(clients.count.of("client"))") { _ in
            try await meet([.upload(tool, to: BenchLoad.tool)] + needs)
        }
    }

    /// Installs what a load program of your own needs on all clients: packages and files.
    ///
    /// What is there already is kept.
    ///
    /// - Throws: ``FanOutError`` with every failure.
    public func installLoadProgram(_ program: some LoadProgram) async throws {
        let count = clients.count.of("client")
        try await progress.step("install what \(program.name) needs on \(count)") { _ in
            try await meet(program.needs)
        }
    }

    private func meet(_ needs: [ClientNeed]) async throws {
        let packages = needs.compactMap { if case .package(let name) = $0 { name } else { nil } }
        if !packages.isEmpty {
            try await onEach(clients) { try await $0.execute(.installPackages(packages)) }
        }
        for case .upload(let file, let path) in needs { try await place(file, at: path) }
    }

    /// Puts an executable on all clients that have it not.
    private func place(_ file: String, at path: String) async throws {
        // In a dry run it is not built.
        let digest =
            DryRun.current == nil
            ? try await LocalProcess("sha256sum", ["--", file], timeLimit: .seconds(60))
                .execute().outputText.prefix(64) : "?"
        try await onEach(clients) { remote in
            let check = RemoteCall(["sha256sum", "--", .plain(path)])
            let present = try await remote.capture(check)
            guard !present.output.hasPrefix(digest) else { return }
            try await remote.withStaging { staging in
                let staged = "\(staging)/bench"
                try await remote.upload(file, to: staged, mode: 0o755)
                let install: Command = [
                    "install", "-D", "--mode", "0755", .plain(staged), .plain(path),
                ]
                try await remote.execute(.root(install))
            }
        }
    }
}
