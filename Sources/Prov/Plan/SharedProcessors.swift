import DeploymentState

/// On which processors of this host both servers and load clients run, where a template can pin them.
///
/// A loader that waits for its server's processor measures the wait.
enum SharedProcessors {
    /// What a plan says of it; `nil` if they share none, or are not of this host.
    ///
    /// - Parameters:
    ///   - groups: The groups of the machines that will be there.
    ///   - online: The host's processors.
    ///   - set: What the configs set a key to.
    /// - Returns: The sentence; `nil` if they share none, or nobody knows.
    static func note(
        groups: Set<String>,
        online: Processors?,
        set: (String) -> Processors?
    ) -> String? {
        guard let online, groups.isSuperset(of: ["server", "client"]) else { return nil }
        let (servers, clients) = (set("server_cpuset"), set("client_cpuset"))
        let shared = Processors(
            (servers ?? online).numbers.intersection((clients ?? online).numbers)
                .intersection(online.numbers)
        )
        guard let first = shared.numbers.first else { return nil }
        let which =
            shared == online && online.numbers.count > 1
            ? "all \(online.numbers.count) processors"
            : shared.numbers.count == 1 ? "processor \(first)" : "processors \(shared)"
        let remedy =
            online.numbers.count == 1
            ? "and it has no other" : "server_cpuset and client_cpuset can part them"
        return "servers and clients share \(which) of this host; \(remedy)"
    }

    /// The processors that this host has at work; `nil` where that cannot be read.
    static var online: Processors? {
        // another system than Linux has no such file, and makes no such machines
        guard let text = try? Files.read("/sys/devices/system/cpu/online") else { return nil }
        return Processors(String(text.prefix { $0 != "\n" }))
    }
}
