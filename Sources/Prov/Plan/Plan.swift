import DeploymentState

/// What terraform would do: to machines, each by name, and to everything else, counted.
///
/// A resource named `node` whose key is a node's name, such as `aws_instance.node["server-0"]`, is
/// a machine. One named `settings` with such a key is what changes in a running machine, however terraform
/// brings that about. All others are other resources.
struct Plan: Sendable, Hashable {
    /// What happens to a resource.
    enum Action: String, Sendable, Hashable, CaseIterable, Encodable {
        case add, change, replace, destroy, keep
    }

    /// One machine, as it will be, or, if it is destroyed, as it is.
    struct Machine: Sendable, Hashable {
        /// The node's name.
        let name: String
        /// What happens to it.
        let action: Action
        /// The instance type; `nil` for a machine that has none, such as one on this host.
        let type: String?
        /// Whether it is a spot instance.
        let isSpot: Bool
        /// Whether a killed run left it half made, so that it cannot hold anything.
        let isTainted: Bool

        /// The part of the name before the index.
        var group: String { String(name.prefix { $0 != "-" }) }
        /// The part of the name behind the group.
        var index: Int { Int(name.drop { $0 != "-" }.dropFirst()) ?? 0 }

        /// The same machine, of which something changes while it runs.
        fileprivate var changed: Machine {
            Machine(
                name: name,
                action: .change,
                type: type,
                isSpot: isSpot,
                isTainted: isTainted
            )
        }
    }

    /// All machines, those that stay as they are too, by group and index.
    let machines: [Machine]
    /// How many other resources have each action.
    let others: [Action: Int]
    /// Whether only an output changes.
    let hasOutputChange: Bool

    /// Makes a plan of its parts.
    init(machines: [Machine], others: [Action: Int], hasOutputChange: Bool) {
        self.machines = machines
        self.others = others
        self.hasOutputChange = hasOutputChange
    }

    /// Whether nothing would be done.
    var isEmpty: Bool {
        machines.allSatisfy { $0.action == .keep } && !hasOutputChange
            && others.allSatisfy { $0.key == .keep || $0.value == 0 }
    }

    /// Whether a machine would be made, made anew or ended.
    var touchesMachines: Bool {
        machines.contains { [.add, .replace, .destroy].contains($0.action) }
    }

    /// The machines that will be there afterwards.
    var remaining: [Machine] { machines.filter { $0.action != .destroy } }

    /// The servers that would be lost with what is on them, in order.
    ///
    /// - Parameter known: The names of the nodes that were ready once; no other can hold data.
    /// - Returns: Their names.
    func lostServers(among known: Set<String>) -> [String] {
        machines.filter { machine in
            machine.group == "server" && (machine.action == .destroy || machine.action == .replace)
                && !machine.isTainted && known.contains(machine.name)
        }.map(\.name)
    }

    /// What would be done, in words; nothing for outputs alone.
    ///
    /// - Parameter ofMachinesOnly: Whether only machines that are made or ended count.
    /// - Returns: Such as `destroy client-1`, and how many other resources each action has.
    func summary(ofMachinesOnly: Bool) -> [String] {
        let machines = rows.filter { !ofMachinesOnly || $0.action != .change }
            .map { "\($0.action.rawValue) \($0.names.joined(separator: " "))" }
        guard !ofMachinesOnly else { return machines }
        let others = Action.allCases.compactMap { action -> String? in
            guard action != .keep, let count = self.others[action], count > 0 else { return nil }
            return "\(action.rawValue) \(count) other\(count == 1 ? "" : "s")"
        }
        return machines + others
    }

    /// Every change of one kind to alike machines: one line of the table.
    struct Row: Sendable, Hashable {
        let action: Action
        let group: String
        let type: String?
        let isSpot: Bool
        let names: [String]
    }

    /// The machines' changes, without those that stay: by action, then by group.
    var rows: [Row] {
        var rows: [Row] = []
        for action in Action.allCases where action != .keep {
            for machine in machines where machine.action == action {
                let index = rows.firstIndex {
                    $0.action == action && $0.group == machine.group && $0.type == machine.type
                        && $0.isSpot == machine.isSpot
                }
                let names = (index.map { rows[$0].names } ?? []) + [machine.name]
                let row = Row(
                    action: action,
                    group: machine.group,
                    type: machine.type,
                    isSpot: machine.isSpot,
                    names: names
                )
                if let index { rows[index] = row } else { rows.append(row) }
            }
        }
        return rows
    }
}

extension Plan {
    /// Reads what `terraform show -json PLAN` prints; `nil` if that is no plan.
    init?(json text: String) {
        guard let plan = JSONValue(text), plan["format_version"] != nil else { return nil }
        var machines: [Machine] = []
        var others: [Action: Int] = [:]
        var reset: Set<String> = []
        for change in plan["resource_changes"]?.elements ?? [] {
            guard let action = Self.action(of: change) else { continue }
            if let machine = Self.machine(change, action) {
                machines.append(machine)
            } else if let name = Self.node(change, resource: "settings") {
                if action != .keep, action != .destroy { reset.insert(name) }
            } else {
                others[action, default: 0] += 1
            }
        }
        machines = machines.map { machine in
            machine.action == .keep && reset.contains(machine.name) ? machine.changed : machine
        }
        let groups = ["server", "client", "monitor"]
        func rank(_ machine: Machine) -> (Int, String, Int) {
            let known = groups.firstIndex(of: machine.group) ?? groups.count
            return (known, machine.group, machine.index)
        }
        self.machines = machines.sorted { rank($0) < rank($1) }
        self.others = others
        hasOutputChange = (plan["output_changes"]?.members ?? [:]).values.contains { output in
            output["actions"]?.elements?.compactMap(\.string) != ["no-op"]
        }
    }

    private static func action(of change: JSONValue) -> Action? {
        let actions = change["change"]?["actions"]?.elements?.compactMap(\.string) ?? []
        switch actions {
        case ["create"]: return .add
        case ["update"]: return .change
        case ["delete"], ["forget"]: return .destroy
        case ["no-op"]: return .keep
        case ["read"]: return nil
        default: return actions.count == 2 ? .replace : nil
        }
    }

    /// The node that a change of a resource of this name is about.
    ///
    /// What an earlier apply replaced and did not end any more is none.
    private static func node(_ change: JSONValue, resource: String) -> String? {
        guard change["mode"]?.string == "managed", change["name"]?.string == resource,
            change["deposed"] == nil, let name = change["index"]?.string,
            Node(name: name, publicIP: "", privateIP: "", user: "") != nil
        else { return nil }
        return name
    }

    private static func machine(_ change: JSONValue, _ action: Action) -> Machine? {
        guard let name = node(change, resource: "node") else { return nil }
        let before = change["change"]?["before"]
        let values = action == .destroy ? before : change["change"]?["after"]
        // A stop for another type loses the local disks, so it counts as another machine.
        let type = values?["instance_type"]?.string
        let isOther = action == .change && type != before?["instance_type"]?.string
        let markets = values?["instance_market_options"]?.elements ?? []
        return Machine(
            name: name,
            action: isOther ? .replace : action,
            type: type,
            isSpot: markets.contains { $0["market_type"]?.string == "spot" },
            isTainted: change["action_reason"]?.string == "replace_because_tainted"
        )
    }
}
