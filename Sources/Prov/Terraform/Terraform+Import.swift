extension Terraform {
    /// Returns the id of each resource in the state, by its address.
    func ids() async throws -> [String: String] {
        let arguments = ["show", "-json", "-no-color"]
        let text = try await run(arguments, json: false, logsOutput: false) { _ in }
        let resources = JSONValue(text)?["values"]?["root_module"]?["resources"]?.elements ?? []
        var ids: [String: String] = [:]
        for resource in resources where resource["mode"]?.string == "managed" {
            guard let address = resource["address"]?.string else { continue }
            ids[address] = resource["values"]?["id"]?.string ?? ""
        }
        return ids
    }

    /// Takes one resource into the state.
    ///
    /// - Returns: Whether it exists.
    func take(_ resource: CloudDeployment.Resource) async throws -> Bool {
        let arguments = ["import", "-input=false", "-no-color", resource.address, resource.id]
        do {
            try await run(arguments, json: false) { _ in }
            return true
        } catch ProvError.failed(_, _, let lines, _)
            where lines.contains(where: { $0.contains("non-existent") })
        {
            return false
        }
    }
}
