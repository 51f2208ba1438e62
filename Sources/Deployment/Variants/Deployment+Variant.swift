import DeploymentState
import Shell
import Usage

extension Deployment {
    /// Gives the stopped or running database what a variant says, in force from the next start on.
    ///
    /// - Parameters:
    ///   - variant: What it gets.
    ///   - other: The variant that it is compared with: settings that only that one has are removed, so
    ///     that the database's own default rules; its build makes room for the distribution's; and its
    ///     files, and those that any earlier experiment left, for what was there before.
    /// - Throws: ``FanOutError`` with every server that failed.
    public func applyVariant(_ variant: Variant, over other: Variant) async throws {
        let what = [
            variant.settings.isEmpty && other.settings.isEmpty
                ? nil : Self.changes(variant, over: other).count.of("setting"),
            Self.build(variant, over: other)?.name,
            variant.files.isEmpty && other.files.isEmpty ? nil : variant.files.count.of("file"),
        ]
        let words = what.compactMap { $0 }.joined(separator: ", ")
        try await progress.step("set \(words.isEmpty ? "nothing" : words)") { _ in
            try await placeFiles(variant.files)
            try await change(
                settings: Self.changes(variant, over: other),
                build: Self.build(variant, over: other)
            )
        }
    }

    /// Copies a variant's build to the servers, and has each try it with the variant's settings; nothing
    /// that is in use is changed.
    ///
    /// Settings that need a file of the variant's are tried when it lies there, before its first trial.
    ///
    /// - Throws: ``FanOutError`` with the database's own words where it would not start.
    public func tryVariant(_ variant: Variant, over other: Variant) async throws {
        let build = Self.build(variant, over: other)
        guard variant.files.isEmpty else {
            if case .own(let own) = build { try await keep(own) }
            return
        }
        _ = try await tried(settings: Self.changes(variant, over: other), build: build)
    }

    /// Fails unless a variant's settings and build are in force on every running server.
    ///
    /// - Throws: ``FanOutError`` with every server on which another value or build is.
    public func requireVariant(_ variant: Variant, over other: Variant) async throws {
        try await requireSettings(variant.settings)
        if let build = Self.build(variant, over: other) { try await requireBuild(build) }
    }

    /// Does `work`, and then puts back what the files and builds of variants replaced, however the work
    /// ended; settings stay.
    ///
    /// - Returns: What the work returned.
    /// - Throws: What the work threw, or why something could not be put back.
    public func takingBack<Value: Sendable>(
        _ variants: [Variant],
        after work: () async throws -> Value
    ) async throws -> Value {
        let value: Value
        do { value = try await work() } catch {
            // What the work says comes first; the next experiment puts back what this one could not.
            try? await takeBack(variants)
            throw error
        }
        try await takeBack(variants)
        return value
    }

    private func takeBack(_ variants: [Variant]) async throws {
        let hasFiles = variants.contains { !$0.files.isEmpty }
        let hasBuild = variants.contains { $0.build != nil }
        guard hasFiles || hasBuild else { return }
        try await withoutCancellation {
            try await progress.step("put back what the variants replaced") { _ in
                if hasFiles { try await placeFiles([]) }
                if hasBuild { try await onEach(servers) { try await put(.packaged, on: $0) } }
            }
        }
    }

    /// Puts files in their places on all servers, and takes away those of other variants.
    private func placeFiles(_ files: [VariantFile]) async throws {
        let folder = try Files.makeTemporaryDirectory("prov-variant")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        for (place, file) in files.enumerated() {
            try Files.write(file.bytes, to: "\(folder)/\(place)", durably: false)
        }
        try await onEach(servers) { remote in
            try await remote.execute(VariantFileSteps.putBack(butFor: files))
            guard !files.isEmpty else { return }
            try await remote.withStaging { staging in
                for (place, file) in files.enumerated() {
                    let staged = "\(staging)/\(place)"
                    try await remote.upload("\(folder)/\(place)", to: staged, mode: 0o600)
                    try await remote.execute(VariantFileSteps.put(staged, as: file))
                }
            }
        }
    }

    private static func changes(_ variant: Variant, over other: Variant) -> [String: String] {
        other.settings.mapValues { _ in "" }.merging(variant.settings) { $1 }
    }

    private static func build(_ variant: Variant, over other: Variant) -> Build? {
        variant.build ?? (other.build == nil ? nil : .packaged)
    }

    /// Fails unless these settings are in force on every running server.
    ///
    /// Settings of several words are not compared, since databases show them in forms of their own.
    ///
    /// - Throws: ``FanOutError`` with every server on which another value is in force.
    public func requireSettings(_ asked: [String: String]) async throws {
        try await progress.step("compare the settings in force") { _ in
            try await onEach(servers) { remote in
                let answer = try await remote.execute(system.inForce(remote.node))
                let wrong = SettingsInForce.differences(
                    asked: asked,
                    found: try system.inForce(from: answer).settings
                )
                guard wrong.isEmpty else { throw DatabaseError.notInForce(wrong) }
            }
        }
    }

    /// Does `work`, and then takes back what a variant's commands changed, however the work ended.
    ///
    /// - Parameters:
    ///   - undo: Shell commands, as root on every server; an interruption does not keep them from
    ///     running.
    ///   - work: Runs the commands that are to be undone, and measures.
    /// - Returns: What the work returned.
    /// - Throws: What the work threw; ``UndoError`` if a command failed, since then later trials would
    ///   not measure what they say.
    public func undoing<Value: Sendable>(
        _ undo: [String],
        after work: () async throws -> Value
    ) async throws -> Value {
        let value: Value
        do { value = try await work() } catch {
            try await takeBack(undo)
            throw error
        }
        try await takeBack(undo)
        return value
    }

    private func takeBack(_ undo: [String]) async throws {
        guard !undo.isEmpty else { return }
        do {
            try await withoutCancellation { try await runCommands(undo, as: "undo:") }
        } catch {
            throw UndoError(problem: "\(error)")
        }
    }

    /// Runs shell commands as root on every server, one after the other.
    ///
    /// - Parameters:
    ///   - commands: What Bash runs, each by itself.
    ///   - what: What a person sees before each.
    /// - Throws: ``FanOutError`` with every server on which one failed.
    public func runCommands(_ commands: [String], as what: String = "run") async throws {
        for command in commands {
            try await progress.step("\(what) \(command)") { _ in
                try await onEach(servers) { remote in
                    try await remote.execute(
                        .script(
                            """
                            # run a variant's command
                            bash -euo pipefail -c "$1"
                            """,
                            arguments: [.plain(command)],
                            timeLimit: .seconds(600)
                        )
                    )
                }
            }
        }
    }
}

/// What a variant's commands changed could not be taken back.
public struct UndoError: Error, Hashable, CustomStringConvertible {
    /// Which command failed, where, and how.
    public let problem: String

    /// The problem and the remedy.
    public var description: String {
        "a variant's commands are not undone, so no further trial can be compared: undo them by hand, "
            + "then go on with --resume\n\(problem)"
    }
}
