import DeploymentState
import Shell

extension Deployment {
    /// What trials depend on beside the load, so that those of two days can be told apart.
    ///
    /// That is each machine with its kernel, processors, memory and limits, the build of the database
    /// and of the load tool, the database's settings, and the dataset. Nothing of it changes by itself,
    /// by a restart or by a trial. Passwords are `[redacted]`.
    ///
    /// - Parameters:
    ///   - name: The dataset.
    ///   - settings: Settings that do not count, because trials set them.
    ///   - builds: Whether the database's build does not count, because trials set it.
    /// - Returns: Each fact under a name that begins with its node's, such as `server-0 kernel`.
    /// - Throws: ``FanOutError`` with every node that cannot be asked, or lacks the dataset.
    public func conditions(
        dataset name: String,
        besides settings: Set<String>,
        builds: Bool = false
    ) async throws -> [String: String] {
        guard DryRun.current == nil else {
            throw DryRun.End(reason: "what comes next depends on what the nodes are and have")
        }
        return try await progress.step("note what the trials depend on") { _ in
            var conditions: [String: String] = [:]
            let facts = try await onEach(nodes) { try await self.facts(of: $0) }
            for (node, facts) in facts {
                for (fact, value) in facts where !(builds && fact == "database") {
                    conditions["\(node.name) \(fact)"] = value
                }
            }
            let redaction = Redaction(names: system.secretSettings)
            for (node, all) in try await self.settings() {
                for (setting, value) in redaction.settings(all)
                where !settings.contains(setting.lowercased()) {
                    conditions["\(node.name) setting \(setting)"] = value
                }
            }
            for (node, about) in try await about(dataset(name)) {
                conditions["\(node.name) dataset \(name)"] = Self.text(of: about)
            }
            return conditions
        }
    }

    private func facts(of remote: any Remote) async throws -> [String: String] {
        var facts = NodeFacts.parse(try await remote.execute(NodeFacts.ask))
        facts.merge(NodeFacts.parse(try await remote.execute(builds(on: remote.node)))) { $1 }
        let moment = try await moment(of: remote)
        facts["memory_limit"] = moment.memoryLimit.map { "\($0)" }
        facts["processor_limit"] = moment.processorLimit.map { "\($0)" }
        return facts
    }

    private func builds(on node: Node) -> RemoteCall {
        switch node.group {
        case "server": Builds.ask(unit: system.unit, executable: system.executable)
        case "client": Builds.ask(tool: system.loadProgram?.executable ?? "")
        default: Builds.ask()
        }
    }

    private static func text(of about: Dataset.About) -> String {
        about.text.split(separator: "\n").joined(separator: " ")
            + (about.taken.map { " taken=\($0)" } ?? "")
    }
}

/// Which machine a node is, and which builds lie on it.
enum Builds {
    /// Prints `NAME=VALUE` lines, without those of what is not installed.
    ///
    /// - Parameters:
    ///   - unit: The database's systemd unit; empty on nodes that run none.
    ///   - executable: The database's executable, where the unit starts it by another program.
    ///   - tool: The load tool's path; empty on nodes that have none.
    /// - Returns: The call, which needs root for executables that only root may read.
    static func ask(
        unit: String = "",
        executable: String? = nil,
        tool: String = ""
    ) -> RemoteCall {
        .script(
            """
            # note which builds lie on this node
            unit=$1 executable=$2 tool=$3
            digest() { [ ! -f "$2" ] || echo "$1=sha256:$(sha256sum <"$2" | cut -c 1-64)"; }
            echo "machine=$(cat /etc/machine-id)"
            if [ -n "$executable" ]; then digest database "$executable"
            elif [ -n "$unit" ]; then
                digest database "$(systemctl show --property ExecStart --value "$unit" | sed -n 's/^{ path=\\([^ ;]*\\).*/\\1/p')"
            fi
            digest load_tool "$tool"
            """,
            arguments: [.plain(unit), .plain(executable ?? ""), .plain(tool)],
            timeLimit: .seconds(30)
        )
        .repeatable
    }
}
