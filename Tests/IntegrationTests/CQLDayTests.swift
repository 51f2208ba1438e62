import Testing

/// The scripts of a user's day, unchanged, on real machines that run stand-ins for Scylla.
@Suite(
    "A day with a stand-in for Scylla on prov/local",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(10))
)
struct ScyllaDayTests {
    @Test(
        "wait for the image, set up, miss the tool, populate, restore, measure, load by others, tweak, replace"
    )
    func day() async throws {
        try await CQLDay.with("scylla") { day in
            try await day.install(onServers: ["scylla"], onClients: [])
            try await day.configureTheImage()
            try await day.script("setup")
            try await day.waitedForTheImage()
            try await day.isWhole()
            try await day.missesTheTool()
            try await day.install(onServers: [], onClients: ["cassandra-tools"])
            try await day.populate()
            try await day.restoresWhatWasTaken()
            try await day.measured(version: "scylla 2025.1.2")
            try await day.install(onServers: [], onClients: ["scylla-bench", "latte"])
            try await day.othersLoad()
            try await day.tweak("ring_delay_ms", "0", unknown: "ring_delay")
            try await day.loseAServer()
        }
    }
}

/// The scripts of a user's day, unchanged, on real machines that run stand-ins for Cassandra.
@Suite(
    "A day with a stand-in for Cassandra on prov/local",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(10))
)
struct CassandraDayTests {
    @Test("set up, populate, restore, measure, tweak, fail to start, replace")
    func day() async throws {
        try await CQLDay.with("cassandra") { day in
            try await day.install(onServers: ["cassandra"], onClients: ["cassandra-tools"])
            try await day.script("setup")
            try await day.isWhole()
            try await day.populate()
            try await day.restoresWhatWasTaken()
            try await day.measured(version: "cassandra 4.1.5")
            try await day.tweak("max_hint_window", "1h", unknown: "max_hint_windo")
            try await day.saysWhyItDidNotStart()
            try await day.loseAServer()
        }
    }
}
