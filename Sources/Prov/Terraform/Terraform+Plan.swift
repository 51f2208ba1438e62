import DeploymentState
import Synchronization

extension Terraform {
    /// Runs `plan` and keeps the plan in `file`.
    ///
    /// - Parameters:
    ///   - file: Gets the plan.
    ///   - destroying: Whether it is the plan of ending all.
    ///   - targets: The addresses to which it is limited, with what they need; none for all.
    ///   - onEvent: Gets terraform's events.
    /// - Returns: Whether it would change anything.
    /// - Throws: ``ProvError`` if terraform fails.
    func plan(
        into file: String,
        destroying: Bool = false,
        targets: [String] = [],
        onEvent: @escaping @Sendable (TerraformEvent) -> Void
    ) async throws -> Bool {
        let hasChanges = Mutex(false)
        let arguments =
            [
                "plan", "-json", "-input=false", "-lock-timeout=\(Self.lockTimeout)",
                "-out=\(file)",
            ] + (destroying ? ["-destroy"] : []) + targets.map { "-target=\($0)" }
        try await run(arguments, json: true) { event in
            switch event {
            case .planned(let add, let change, let remove) where add + change + remove > 0:
                hasChanges.withLock { $0 = true }
            case .outputs(areChanged: true):
                hasChanges.withLock { $0 = true }
            default: break
            }
            onEvent(event)
        }
        return hasChanges.withLock { $0 }
    }

    /// Returns what `show -json` prints of the plan in `file`, which holds secrets.
    func show(_ file: String) async throws -> String {
        try await run(["show", "-json", "-no-color", file], json: false, logsOutput: false) { _ in }
    }

    /// Applies the plan in `file`; if it fails, the next ``initialize(willRun:)`` runs again.
    func apply(
        _ file: String,
        onEvent: @escaping @Sendable (TerraformEvent) -> Void
    ) async throws {
        do {
            let arguments = [
                "apply", "-json", "-input=false", "-lock-timeout=\(Self.lockTimeout)", file,
            ]
            try await run(arguments, json: true, onEvent: onEvent)
        } catch {
            try Files.remove(files.terraform + "/.prov-init")
            throw error
        }
    }
}
