import DeploymentState
import Foundation
import Shell
import Usage

extension Deployment {
    /// Reads a build of the user's for this deployment's system and servers; changes nothing.
    ///
    /// - Parameter path: An executable, or a Debian package or tarball that holds it; `packaged` stands
    ///   for the build of the distribution's package, `./packaged` for a file of that name.
    /// - Returns: The build, which what becomes of the file does not change any more.
    /// - Throws: ``BuildError``, for other machines than the build's within a ``FanOutError``.
    public func build(_ path: String) async throws -> Build {
        let steps = try buildSteps
        guard path != Build.packagedWord else { return .packaged }
        let own = try await OwnBuild(
            at: path,
            names: [Files.split(steps.path).name] + system.otherExecutableNames
        )
        try await onEach(servers) { remote in
            let machine = try await remote.execute(BuildSteps.machine).printable
                .filter { !$0.isWhitespace }
            guard DryRun.current == nil else { return }
            guard own.machine.runs(on: machine) else {
                throw BuildError.otherMachine(
                    build: own.name,
                    machine: own.machine.name,
                    server: machine
                )
            }
        }
        return .own(own)
    }

    /// Installs a build of the user's on all servers, under the system's unit, or goes back to the
    /// distribution's.
    ///
    /// It is in force from the next start on, which ``startCluster(discardingKeys:)`` makes where another
    /// build runs, and stays until another is installed. Before anything that is in use is changed, every
    /// server has started it for a moment with its present configuration.
    ///
    /// - Parameter path: As ``build(_:)`` reads it.
    /// - Throws: ``BuildError``; ``FanOutError`` with the build's own words where it does not start.
    public func installBuild(_ path: String) async throws {
        try await install(try await build(path))
    }

    /// Installs a build on all servers, as ``installBuild(_:)`` does.
    public func install(_ build: Build) async throws {
        try await progress.step("install \(build.name) on \(servers.count.of("server"))") { _ in
            try await change(settings: [:], build: build)
        }
    }

    /// Fails unless every running server runs this build.
    ///
    /// - Throws: ``BuildError/notInForce(asked:found:)`` within a ``FanOutError``.
    public func requireBuild(_ build: Build) async throws {
        let steps = try buildSteps
        try await progress.step("look which build runs") { _ in
            try await onEach(servers) { remote in
                let answer = try await remote.execute(steps.ask)
                guard DryRun.current == nil else { return }
                if let error = BuildSteps.difference(answer, from: build) { throw error }
            }
        }
    }

    var buildSteps: BuildSteps {
        get throws(BuildError) {
            guard let path = system.executable else { throw .noPlace(system: system.name) }
            return BuildSteps(path: path, unit: system.unit)
        }
    }

    /// Copies a build to all servers that have it not; what runs there is not touched.
    func keep(_ build: OwnBuild) async throws {
        let steps = try buildSteps
        let folder = try Files.makeTemporaryDirectory("prov-build")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        let file = folder + "/executable"
        try Files.write(build.executable, to: file, durably: false)
        try await onEach(servers) { remote in
            if try await remote.capture(steps.has(build)).status.isSuccess { return }
            try await remote.withStaging { staging in
                let staged = "\(staging)/executable"
                try await remote.upload(file, to: staged, mode: 0o600)
                try await remote.execute(steps.keep(staged, of: build))
            }
        }
    }

    /// The path under which a server can try a build before it is installed.
    func place(of build: Build, on remote: any Remote) async throws -> String {
        switch build {
        case .own(let own): return try buildSteps.kept(own)
        case .packaged:
            return try await remote.execute(try buildSteps.findPackaged)
                .trimmingCharacters(in: .newlines)
        }
    }

    /// Puts a build that every server keeps and has tried in its place.
    func put(_ build: Build, on remote: any Remote) async throws {
        switch build {
        case .own(let own): try await remote.execute(try buildSteps.install(own))
        case .packaged: try await remote.execute(try buildSteps.putBack)
        }
    }
}
