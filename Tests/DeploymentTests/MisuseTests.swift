import Testing

@testable import Deployment

@Suite("Misuse")
struct MisuseTests {
    /// A stress that is right, with one thing changed.
    private static func stress(_ change: (inout Stress) -> Void) -> Stress {
        var stress = Stress(
            "mixed",
            operationsPerSecond: 20_000,
            for: .seconds(30),
            writeFraction: 0.1,
            on: DatasetContent(keyCount: 500_000, valueBytes: 100)
        )
        change(&stress)
        return stress
    }

    private static func rate(_ rate: Double, for duration: Duration = .seconds(1)) -> Stress {
        stress { $0.pace = .rate(operationsPerSecond: rate, for: duration) }
    }

    @Test("is nothing of a stress that the load tool can do")
    func right() throws {
        try Self.stress { _ in }.check(clients: 3, servers: 1)
        try Self.rate(20_000.0 / 3).check(clients: 3, servers: 1)
        let few = DatasetContent(keyCount: 3, valueBytes: 0)
        try Stress.populate(few).check(clients: 3, servers: 1)
    }

    /// A wrong stress and what is said of it.
    struct Case: Sendable, CustomStringConvertible {
        let stress: Stress
        let description: String

        init(_ stress: Stress, _ description: String) {
            self.stress = stress
            self.description = description
        }
    }

    private static let cases: [Case] = [
        Case(
            stress { $0.writeFraction = 2 },
            #"stress mixed: write fraction "2.0"; give a share from 0 to 1"#
        ),
        Case(
            stress { $0.writeFraction = .nan },
            #"stress mixed: write fraction "nan"; give a share from 0 to 1"#
        ),
        Case(
            rate(0),
            #"stress mixed: "0.0" requests per second; give a number from "#
                + #"0.000001 to 10,000,000"#
        ),
        Case(
            rate(.nan),
            #"stress mixed: "nan" requests per second; give a number from "#
                + #"0.000001 to 10,000,000"#
        ),
        Case(
            rate(1, for: .zero),
            #"stress mixed: lasts "0.0 s"; give more than 0 s, and a year at most"#
        ),
        Case(
            stress { $0.connectionsPerClient = 0 },
            #"stress mixed: "0" connections per client; give 1 to 100,000"#
        ),
        Case(
            stress { $0.requestTimeout = .zero },
            #"stress mixed: requests fail after "0.0 s"; give more than 0 "#
                + #"s, and a year at most"#
        ),
        Case(
            stress { $0.maxOutstandingPerClient = 0 },
            #"stress mixed: "0" requests under way per client; give 1 to 100,000,000"#
        ),
        Case(
            stress { $0.content.keyCount = 0 },
            #"stress mixed: "0" keys; give 1 to 1,000,000,000,000"#
        ),
        Case(
            stress { $0.content.valueBytes = -1 },
            #"stress mixed: values of "-1" bytes; give 0 to 536,870,912"#
        ),
        Case(
            Stress.populate(DatasetContent(keyCount: 2, valueBytes: 1)),
            #"stress populate: "2" keys for 3 clients; give as many keys as "#
                + #"there are clients, or take fewer clients"#
        ),
        Case(
            stress { $0.name = "a/b" },
            #"stress name "a/b" must be letters, digits, ".", "_" and "-", "#
                + #"beginning with a letter or digit, because it names a folder"#
        ),
    ]

    @Test(
        "says what is wrong with a stress, the value found and what would be right",
        arguments: cases
    )
    func wrong(wrong: Case) {
        let error = #expect(throws: Misuse.self) { try wrong.stress.check(clients: 3, servers: 1) }
        #expect(error?.description == wrong.description)
    }

    @Test("is a stress without clients or servers")
    func nobody() {
        let stress = Self.stress { _ in }
        #expect(throws: Misuse.noClients(of: "mixed")) { try stress.check(clients: 0, servers: 1) }
        #expect(throws: Misuse.noServers(of: "mixed")) { try stress.check(clients: 1, servers: 0) }
    }

    @Test(
        "is a name that can leave its folder",
        arguments: ["", ".", "..", "a/b", "-x", "a b", "é"]
    )
    func notPlain(name: String) { #expect(!Misuse.isPlain(name)) }

    @Test("is refused before anything runs on a node")
    func first() async throws {
        try await withScripted(["client-0", "server-0"]) { deployment, remotes in
            let wrong = Self.stress { $0.writeFraction = 2 }
            await #expect(throws: Misuse.writeFraction(2, of: "mixed")) {
                try await deployment.run(wrong, into: "/nowhere")
            }
            await #expect(throws: Misuse.label("a/b")) {
                _ = try await deployment.measure("a/b") { _, _ in }
            }
            await #expect(throws: Misuse.self) {
                try await deployment.populate(DatasetContent(keyCount: 0, valueBytes: 1))
            }
            for remote in remotes { #expect(remote.called.isEmpty) }
        }
    }

    @Test(
        "is a word that is no setting",
        arguments: ["io-threads", "=4", ""]
    )
    func setting(word: String) {
        let error = #expect(throws: Misuse.setting(word)) { try Settings.parse([word]) }
        #expect(
            error?.description
                == "\"\(word)\" is no setting: write NAME=VALUE, or NAME= to remove one"
        )
    }
}
