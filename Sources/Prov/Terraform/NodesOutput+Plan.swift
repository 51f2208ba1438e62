extension NodesOutput {
    /// Looks in a plan whether the output `nodes` will have the shape of the contract, as far as it
    /// can be known before anything is made.
    ///
    /// - Parameter plan: What `terraform show -json PLAN` prints.
    /// - Throws: ``ProvError/badOutput(_:)`` with all faults.
    static func check(plan: String) throws(ProvError) {
        guard let change = JSONValue(plan)?["output_changes"]?["nodes"],
            change["after_unknown"] != .bool(true)
        else { return }
        guard let elements = change["after"]?.elements else {
            throw .badOutput(["output \"nodes\" is \(change["after"]?.kind ?? "null"), not a list"])
        }
        let unknown = change["after_unknown"]?.elements ?? []
        var faults: [String] = []
        for (index, element) in elements.enumerated() {
            let later = index < unknown.count ? unknown[index] : .bool(false)
            if later != .bool(true) { faults += self.faults(in: element, later, index: index) }
        }
        guard faults.isEmpty else { throw .badOutput(faults) }
    }

    private static func faults(
        in element: JSONValue,
        _ later: JSONValue,
        index: Int
    ) -> [String] {
        guard element.members != nil else { return ["nodes[\(index)]: \(element.kind), not a map"] }
        let name = element["name"]?.string.map { " (\($0))" } ?? ""
        return ["name", "group", "public_ip", "private_ip", "user"].compactMap { key in
            guard element[key] == nil, later[key] != .bool(true) else { return nil }
            return "nodes[\(index)]\(name): no \"\(key)\""
        }
    }
}
