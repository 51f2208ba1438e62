import Glibc
import Shell
import Synchronization
import Testing

/// Setting up machines from wherever an earlier call left them, and other numbers of them.
extension LocalDay {
    /// Filling what is not set up is refused before anything is changed.
    func populateBeforeSetup() async throws {
        let outcome = try await run("populate-and-snapshot")
        #expect(outcome.status == .exited(1))
        let says = "server-0 has not been set up for redis; run: swift run setup day"
        #expect(outcome.errorText.contains(says), "\(outcome.errorText)")
        let ssh = LocalMachines.repository + "/bin/ssh"
        let state = "systemctl is-active redis-server || true"
        #expect(try await expect(ssh, "day", "server-0", state) == "inactive\n")
    }

    /// Kills `setup` in each of its steps; every run goes on with what the one before it left.
    func killSetup() async throws {
        let configuration = "/etc/redis/redis.conf"
        for (node, moment) in [
            ("server-1", "test -e /etc/redis/password.conf"),
            ("server-2", "grep -q '^cluster-enabled yes' \(configuration)"),
            ("server-2", "redis-cli cluster info | grep -q 'cluster_slots_assigned:[1-9]'"),
            ("client-0", "test -e /opt/prov/bench"),
            ("monitor-0", "grep -q server-2 /etc/prometheus/prometheus.yml"),
        ] {
            try await killSetup(when: moment, on: node)
        }
    }

    private func killSetup(when moment: String, on node: String) async throws {
        let id = Mutex<Int32?>(nil)
        let setup = call("setup")
        async let ended = setup.run(onStart: { started in id.withLock { $0 = started } })
        let ssh = LocalMachines.repository + "/bin/ssh"
        var wait = prov.call(ssh, ["day", node, "sudo bash"], limit: .seconds(60))
        wait.input = Array("until \(moment); do sleep 0.01; done\n".utf8)
        let seen = try await wait.run()
        kill(try #require(id.withLock { $0 }), SIGKILL)
        let outcome = try await ended
        try #require(seen.isSuccess, "not within 60 s: \(moment): \(outcome.errorText)")
        #expect(outcome.status == .signaled(SIGKILL), "it was too late: \(moment)")
    }

    /// Every server sees all of one cluster, which serves all slots and holds so many keys.
    func isWhole(servers count: Int, keys: Int) async throws {
        let ssh = LocalMachines.repository + "/bin/ssh"
        var held = 0
        for index in 0..<count {
            let ask = "sudo redis-cli cluster info; sudo redis-cli dbsize"
            let lines = try await expect(ssh, "day", "server-\(index)", ask)
                .split(whereSeparator: \.isNewline)
            for line in [
                "cluster_state:ok", "cluster_slots_ok:16384", "cluster_known_nodes:\(count)",
                "cluster_size:\(count)",
            ] {
                #expect(lines.contains { $0 == line }, "server-\(index): \(lines)")
            }
            held += Int(lines.last ?? "") ?? 0
        }
        #expect(held == keys)
    }

    /// Growing and shrinking keep the machines that stay, and take nothing but prov and the scripts.
    func resize() async throws {
        let before = try await boots(of: 3)
        try await provision(servers: 4)
        #expect(try await boots(of: 3) == before)
        let words = ["--seconds", "7", "--label", "grown"]
        let early = try await call("restore-and-run", words).run()
        #expect(early.status == .exited(1))
        let says = "server-3 has not been set up for redis; run: swift run setup day"
        #expect(early.errorText.contains(says), "\(early.errorText)")
        try await script("setup")
        let outcome = try await call("restore-and-run", words).run()
        #expect(outcome.status == .exited(1))
        #expect(outcome.errorText.contains(#"server-3: no dataset "base""#))
        #expect(
            outcome.errorText.contains(
                #"dataset "base" was taken with 3 servers, and there are 4: populate again"#
            )
        )
        try await fill(servers: 4)
        try await provision(servers: 3)
        #expect(try await boots(of: 3) == before)
        try await fill(servers: 3)
    }

    /// Joins the servers that there are now, and fills them.
    private func fill(servers count: Int) async throws {
        try await script("setup")
        try await isWhole(servers: count, keys: 0)
        try await script("populate-and-snapshot", "--keys", "20000")
        try await isWhole(servers: count, keys: 20_000)
    }

    private func boots(of count: Int) async throws -> [String] {
        let ssh = LocalMachines.repository + "/bin/ssh"
        var boots: [String] = []
        for index in 0..<count {
            let since = "systemctl show --property UserspaceTimestampMonotonic --value"
            boots.append(try await expect(ssh, "day", "server-\(index)", since))
        }
        return boots
    }
}
