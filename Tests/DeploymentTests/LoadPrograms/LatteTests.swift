import DeploymentState
import Shell
import Testing

@testable import Deployment

@Suite("latte", .timeLimit(.minutes(2)))
struct LatteTests {
    private let program = Latte()

    private func words(_ stress: Stress, place: Int = 0) -> String {
        let words = program.command(.example(stress, place: place, port: 9_042))
        #expect(words.prefix(5) == ["bash", "-euo", "pipefail", "-c", Latte.play])
        return words.dropFirst(5).joined(separator: " ")
    }

    private let common = """
        --consistency QUORUM --connections 24 --request-timeout 10.0s --concurrency 128 --quiet \
        -P bytes=100
        """
    private let places = "/var/lib/prov/stress/0a1b2c3d/prov.rn 198.18.0.10"

    @Test("has each client's share of the rate, and keys that no other client draws alike")
    func play() {
        #expect(
            words(CQLLoads.stress(rate: 1_001, writes: 0.1), place: 1) == """
                latte /var/lib/prov/stress/0a1b2c3d 1795219200.5 MIXED run \(common) -P rows=2001 \
                --warmup 0 --rate 500.5 --duration 8s --start-cycle 1099511627776 --retries 0 \
                --function read:0.9,write:0.1 \
                --output /var/lib/prov/stress/0a1b2c3d/report.json \(places)
                """
        )
        #expect(words(CQLLoads.stress()).contains(" READ run "))
        #expect(words(CQLLoads.stress()).contains(" --start-cycle 0 "))
        #expect(words(CQLLoads.stress()).contains(" --function read:1 "))
        #expect(words(CQLLoads.stress(writes: 1)).contains(" --function write:1 "))
    }

    @Test("has each client write its rows, of which none is left out and none written twice")
    func fill() {
        #expect(
            words(CQLLoads.populate) == """
                latte /var/lib/prov/stress/0a1b2c3d 1795219200.5  load \(common) -P first=0 \
                -P count=1000 \(places)
                """
        )
        #expect(words(CQLLoads.populate, place: 1).contains(" -P first=1000 -P count=1001 "))
        #expect(program.files(of: CQLLoads.populate) == LoadFiles(log: nil, result: nil))
        #expect(program.files(of: CQLLoads.stress()) == LoadFiles(log: "log.hdr", result: nil))
    }

    @Test("has its schema made before rows are written, and durable writes on again behind them")
    func schema() throws {
        #expect(program.before(CQLLoads.stress(), servers: 3) == nil)
        let before = try #require(program.before(CQLLoads.populate, servers: 2))
        #expect(before.command.text.contains("latte.prov (id bigint PRIMARY KEY, data blob)"))
        #expect(before.command.text.contains(#"'\''replication_factor'\'': 2}"#))
        let after = try #require(program.after(CQLLoads.populate, servers: 2))
        #expect(after.command.text.hasSuffix("'ALTER KEYSPACE latte WITH durable_writes = true'"))
    }

    @Test("is not asked for keys that it cannot draw, and may be the user's own file")
    func choices() throws {
        #expect(throws: Misuse.self) {
            try program.check(CQLLoads.stress(drawn: .gauss), clients: 2)
        }
        try program.check(CQLLoads.stress(rate: 0.5, writes: 0.1), clients: 2)
        let own = Latte(file: "bin/latte")
        #expect(own.needs == [.upload("bin/latte", to: "/opt/prov/latte")])
        #expect(own.executable == "/opt/prov/latte")
        #expect(program.needs == [.program("latte")])
    }

    /// Says what it was called with, and makes such a log of its report.
    private func tool(_ log: String, status: Int = 0) -> String {
        """
        shift 2
        case $1 in
        hdr) [ "$4" = "${3%/*}/report.json" ] && [ -e "$4" ] && printf '\(log)' >"$3" ;;
        *) shift $(($# - 2)); grep -q 'pub async fn read(ctx, i)' "$1" && touch "${1%/*}/report.json"
            exit \(status) ;;
        esac
        """
    }

    @Test("leaves a log of its report, in which each request stands once, by when it was begun")
    func log() async throws {
        let played = try await CQLLoads.play(
            program,
            CQLLoads.stress(writes: 1),
            as: tool("#[BaseTime: 1.0]\\nTag=cycles,0,1,2,A\\nTag=requests,0,1,2,B\\n")
        )
        #expect(played.outcome.status == .exited(0), "\(played.outcome)")
        #expect(played.log == "#[BaseTime: 1.0]\nTag=WRITE-st,0,1,2,A\n")
    }

    @Test("that failed, or left no report, has failed as it says")
    func ending() async throws {
        for (tool, status) in [
            (tool("", status: 128), 128), (tool("", status: 255), 255),
            (#"[ "$3" = run ]"#, 65), ("kill -KILL $$", 137),
        ] {
            let played = try await CQLLoads.play(program, CQLLoads.stress(), as: tool)
            #expect(played.outcome.status == .exited(Int32(status)), "\(tool)")
            #expect(played.log == nil)
        }
        let filled = try await CQLLoads.play(program, CQLLoads.populate, as: #"[ "$3" = load ]"#)
        #expect(filled.outcome.status == .exited(0), "\(filled.outcome)")
        for status in [65, 128, 255] { #expect(program.meaning(ofStatus: status) != nil) }
        #expect(program.meaning(ofStatus: 137) == nil)
    }
}
