import OpenLoop
import Testing
import Usage

@testable import Load

@Suite("bench load's options")
struct LoadOptionsTests {
    private func options(_ words: String) throws -> LoadOptions {
        let words = words.split(separator: " ").map(String.init)
        return try LoadOptions(LoadOptions.usage.parse(words))
    }

    @Test("have these defaults")
    func defaults() throws {
        let options = try options("db --rate 0.5 --duration 500ms")
        #expect(options.servers == [NodeAddress(host: "db", port: 6379)])
        #expect(options.plan.pace == .open(Throttle(try #require(Rate("0.5")))))
        #expect(options.plan.duration == .milliseconds(500))
        #expect(options.plan.connections == 16)
        #expect(options.plan.timeout == .seconds(10))
        #expect(options.mix.keys == 1_000_000)
        #expect(options.mix.writeFraction == 0.1)
        #expect(options.mix.valueSize == 100)
        #expect(options.threads == 1)
        #expect(options.startAt == nil)
        #expect((options.plan.part, options.plan.parts) == (0, 1))
        #expect(options.plan.maxOutstanding == 1_000_000)
    }

    @Test("have another default port for etcd")
    func etcd() throws {
        let options = try options("db other:1 --protocol etcd --rate 1 --duration 1s")
        #expect(options.servers.map(\.port) == [2379, 1])
        #expect(options.dialect == .etcd)
    }

    @Test(
        "are refused with a reason",
        arguments: [
            ("db --duration 1s", "give --rate, in requests per second, or --rate max"),
            (
                "db --rate 0 --duration 1s",
                #"--rate "0" must be max or in 0.000001…10000000, "#
                    + "written with six decimals at most, such as 0.5"
            ),
            (
                "db --rate 1e-6 --duration 1s",
                #"--rate "1e-6" must be max or in 0.000001…10000000, "#
                    + "written with six decimals at most, such as 0.5"
            ),
            (
                "db --protocol etc --rate 10 --duration 1s",
                #"--protocol "etc" must be redis or etcd"#
            ),
            (
                "db --protocol etcd --cluster --rate 10 --duration 1s",
                "--cluster and --password-file go with --protocol redis only"
            ),
            ("db --rate 10", "give one of --duration and --requests"),
            ("db --rate 10 --duration 1s --requests 5", "give one of --duration and --requests"),
            (
                "db --rate 10 --duration 10",
                #"--duration "10" must be a time such as 30s, 500ms, 5m or 1h"#
            ),
            (
                "db --rate 10 --duration -1s",
                #"--duration "-1s" must be a time such as 30s, 500ms, 5m or 1h"#
            ),
            (
                "db --rate 10 --duration nans",
                #"--duration "nans" must be a time such as 30s, 500ms, 5m or 1h"#
            ),
            (
                "db --rate 10 --requests 0",
                #"--requests "0" must be a whole number in 1…1000000000000"#
            ),
            ("db --rate 10 --requests 1 --pipeline 2", "--pipeline goes with --rate max only"),
            (
                "db --rate 10 --requests 1 --connections many",
                #"--connections "many" must be a whole number in 1…100000"#
            ),
            (
                "db --rate 10 --requests 1 --write-fraction 1.5",
                #"--write-fraction "1.5" must be a number in 0…1"#
            ),
            (
                "db --rate 10 --requests 1 --write-fraction nan",
                #"--write-fraction "nan" must be a number in 0…1"#
            ),
            (
                "db --rate 10 --requests 1 --distribution zipf",
                #"--distribution "zipf" must be uniform, gauss[:MEAN,STDEV] or sequence"#
            ),
            (
                "db --rate 10 --requests 1 --first-key 999999999999 --keys 2",
                "keys 999999999999 to 1000000000000 need more than twelve digits"
            ),
            (
                "db --rate 10 --requests 1 --priority high",
                #"--priority "high" must be auto or normal"#
            ),
            (
                "db --rate 10 --requests 1 --part 4/3",
                #"--part "4/3" must be I/N, such as 2/3, with I in 1…N and N in 1…10000"#
            ),
            (
                "db --rate 10 --requests 1 --part 1",
                #"--part "1" must be I/N, such as 2/3, with I in 1…N and N in 1…10000"#
            ),
            (
                "db --rate 10 --requests 1 --max-outstanding 0",
                #"--max-outstanding "0" must be a whole number in 1…100000000"#
            ),
            (
                // Behind what 64 bits can hold in nanoseconds.
                "db --rate 10 --requests 1 --start-at 9300000000",
                #"--start-at "9300000000" must be a number in 0…9000000000"#
            ),
            ("db: --rate 10 --requests 1", #""db:": the port must be in 1…65535"#),
            (":1 --rate 10 --requests 1", #"":1": the host is missing"#),
            ("[::1]x --rate 10 --requests 1", #""[::1]x": what follows "]" must be ":PORT""#),
        ]
    )
    func wrong(words: String, problem: String) {
        #expect {
            try options(words)
        } throws: { error in
            (error as? UsageError)?.problem == problem
        }
    }

    @Test(
        "take addresses with and without a port",
        arguments: [
            ("db", "db:6379"), ("db:1", "db:1"), ("198.18.0.1:70", "198.18.0.1:70"),
            ("::1", "[::1]:6379"), ("[::1]:70", "[::1]:70"), ("[fe80::1]", "[fe80::1]:6379"),
        ]
    )
    func address(text: String, expected: String) throws {
        #expect(try NodeAddress(text, defaultPort: 6379).description == expected)
    }
}

@Suite("Fixed")
struct FixedTests {
    @Test(
        "shows so many decimals",
        arguments: [
            (0, 2, "0.00"), (1.005, 1, "1.0"), (0.999, 2, "1.00"), (-0.001, 2, "0.00"),
            (-1.25, 1, "-1.3"), (1906.3149, 2, "1906.31"), (7, 0, "7"), (.infinity, 2, "inf"),
        ] as [(Double, Int, String)]
    )
    func decimals(value: Double, decimals: Int, text: String) {
        #expect("\(Fixed(value, decimals: decimals))" == text)
    }

    @Test(
        "groups digits",
        arguments: [(0, "0"), (999, "999"), (50_012, "50,012"), (-1_234_567, "-1,234,567")]
    )
    func grouped(value: Int, text: String) {
        #expect(value.grouped == text)
    }
}
