import DeploymentState
import Foundation
import Shell
import Synchronization
import Testing

@testable import Deployment

/// The verb, with a program in the place of the AWS command line.
///
/// It keeps what it is asked, and answers as a test says. AWSSafetyTests ask the real one, and an emulator.
@Suite("A trial's figures of CloudWatch")
struct CloudWatchTests {
    private typealias Examples = CloudWatchExamples

    /// A deployment with a trial of a load from noon on, and what was said and asked.
    private struct Rig {
        let folder: String
        let deployment: Deployment
        let trial: Trial
        let said: @Sendable () -> [String]
        var program: String { folder + "/aws" }

        /// The words of each call, in order.
        func calls() throws -> [String] {
            let path = folder + "/calls"
            guard Files.exists(path) else { return [] }
            return try Files.read(path).replacing(/\/proc\/[0-9]+\/fd\/[0-9]+/, with: "FILE")
                .split(separator: "\n").map(String.init)
        }

        func ask(environment: [String: String] = ["PATH": "/usr/bin:/bin"]) async throws {
            try await deployment.cloudWatch(into: trial, waitingUpTo: .zero) {
                try AWSCommandLine(
                    of: deployment.state,
                    program: program,
                    environment: environment
                )
            }
        }

        func file(_ name: String) throws -> String { try Files.read("\(trial.directory)/\(name)") }
    }

    /// What the program does for the operation in its second word.
    private static let usual = """
        case $2 in
        get-caller-identity) echo '{"Account": "111122223333", "Arn": "arn:aws:sts::111122223333:user/me"}' ;;
        list-metrics) echo '{"Metrics": [{"Dimensions": [{"Name": "InstanceId", "Value": "i-02"}]}]}' ;;
        get-metric-data)
            # As the real one it reads its input twice.
            file=$(sed 's|.*file://\\([^ ]*\\).*|\\1|' <<<"$*")
            cat "$file" >/dev/null
            cat "$file" >"${0%/*}/input.$region"
            cat "${0%/*}/answer.$region" ;;
        esac
        """

    private func with(
        _ nodes: [Node],
        answers: [String: String] = [:],
        program: String = usual,
        configs: [String] = [],
        place: [String: String]? = nil,
        stresses: Int = 1,
        _ body: (Rig) async throws -> Void
    ) async throws {
        let folder = try Files.makeTemporaryDirectory("prov-cloudwatch")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        let script = """
            #!/bin/bash
            echo "$*" >>"${0%/*}/calls"
            region=$(sed 's/.*--region \\([^ ]*\\).*/\\1/' <<<"$*")
            \(program)
            """
        try Files.write(script, to: folder + "/aws")
        try await LocalProcess("chmod", ["+x", folder + "/aws"]).execute()
        for (region, answer) in answers {
            try Files.write(answer, to: "\(folder)/answer.\(region)")
        }
        var files: [DeploymentRecord.ConfigFile] = []
        for (index, text) in configs.enumerated() {
            try Files.write(text, to: "\(folder)/\(index).yml")
            files.append(.init(path: "\(folder)/\(index).yml", digest: ""))
        }
        try Files.makeDirectory(folder + "/demo")
        var record = DeploymentRecord(
            name: "demo",
            id: "0a1b2c3d",
            template: "/none",
            configs: files,
            createdAt: Date(timeIntervalSince1970: 1_000_000),
            createdBy: "me",
            status: .ready,
            identity: "id_ed25519",
            terraform: "/none"
        )
        record.place = place
        try record.write(to: folder + "/demo/deployment.json")
        let said = Mutex<[String]>([])
        let deployment = Deployment(
            state: try StateDirectory.open(folder + "/demo"),
            system: RedisCluster(),
            nodes: nodes,
            remotes: [],
            progress: Progress(isTerminal: false) { line in said.withLock { $0.append(line) } }
        )
        let trial = try Self.trial(in: folder + "/trials", stresses: stresses)
        try await body(
            Rig(folder: folder, deployment: deployment, trial: trial) { said.withLock { $0 } }
        )
    }

    private static func trial(in folder: String, stresses: Int) throws -> Trial {
        let noon = Date(timeIntervalSince1970: Double(Examples.noon))
        var record = TrialRecord(
            deployment: "demo",
            deploymentId: "0a1b2c3d",
            label: "x",
            started: noon,
            limits: ValidityLimits(),
            database: "redis",
            configs: [:],
            nodes: [:]
        )
        record.stresses = try (0..<stresses).map { place in
            var evidence = try Evidence.whole()
            evidence.before.time = noon + 300 * Double(place)
            evidence.after?.time = noon + 300 * Double(place) + 119
            return evidence
        }
        return try Trial(record, in: folder, redaction: Redaction(names: []))
    }

    /// An answer with two samples for each of the first `count` questions.
    private static func answer(_ count: Int, _ value: Double) -> String {
        let results = (0..<count).map { place in
            """
            {"Id": "q\(place)", "Timestamps": ["2026-01-01T12:00:00Z", "2026-01-01T12:01:00Z"], \
            "Values": [\(value), \(value + 1)], "StatusCode": "Complete"}
            """
        }
        return "{\"MetricDataResults\": [\(results.joined(separator: ","))]}"
    }

    @Test("are of the machines of all regions, by the account's keys, and stand in two files")
    func whole() async throws {
        let nodes = [
            try Examples.node("server-0", "i-01"),
            try Examples.node("server-1", "i-02", zone: "eu-central-1b"),
            try Examples.node("client-0"),
        ]
        let answers = [
            "us-east-1": Self.answer(7, 10), "eu-central-1": Self.answer(9, 20),
        ]
        let keys = ["access_key: one\nsecret_key: two\nsession_token: old", "session_token: null"]
        let place = ["account": "111122223333", "partition": "aws", "endpoint": ""]
        let program = """
            [[ $AWS_ACCESS_KEY_ID/$AWS_SECRET_ACCESS_KEY/${AWS_SESSION_TOKEN-} == one/two/ ]] || exit 9
            \(Self.usual)
            """
        let environment = ["PATH": "/usr/bin:/bin", "AWS_SESSION_TOKEN": "another's"]
        try await with(
            nodes,
            answers: answers,
            program: program,
            configs: keys,
            place: place
        ) { rig in
            try await rig.ask(environment: environment)
            let options = "--namespace CWAgent --metric-name"
            let list = { (metric: String, region: String) in
                "cloudwatch list-metrics \(options) \(metric)_used_percent --dimensions "
                    + "Name=InstanceId --region \(region) --output json"
            }
            let data = { (region: String) in
                "cloudwatch get-metric-data --cli-input-json file://FILE --region \(region) "
                    + "--output json"
            }
            let (here, there) = ("us-east-1", "eu-central-1")
            #expect(
                try rig.calls() == [
                    "sts get-caller-identity --region \(there) --output json", list("mem", there),
                    list("disk", there), list("mem", here), list("disk", here), data(there),
                    data(here),
                ]
            )
            let input = try Files.read(rig.folder + "/input.us-east-1")
            #expect(input.contains("\"StartTime\":\"2026-01-01T11:45:00Z\""))
            #expect(input.contains("\"EndTime\":\"2026-01-01T12:02:00Z\""))

            let rows = Examples.rows(try rig.file("cloudwatch.csv"))
            #expect(rows.count == 2 * (7 + 9))
            let memory = rows.filter { $0["metric"] == "mem_used_percent" }
            #expect(memory.map { $0["node"] } == ["server-1", "server-1"])
            #expect(memory.map { $0["value"] } == ["20.0", "21.0"])
            #expect(memory.first?["region"] == there)
            let statistics = Examples.rows(try rig.file("cloudwatch-statistics.csv"))
            #expect(statistics.prefix(3).map { $0["median"] } == ["10.5", "20.5", "15.5"])
            #expect(rig.said().contains { $0.contains("nothing of the memory of server-0") })
            #expect(!rig.said().contains { $0.contains("nothing of the processors") })
        }
    }

    @Test("cover all loads of a trial; one that loaded nothing has none")
    func window() async throws {
        try await with([try Examples.node("server-0", "i-01")], stresses: 2) { rig in
            let loaded = try rig.trial.loaded()
            #expect(loaded == Examples.noon..<Examples.noon + 420)
        }
        try await with([try Examples.node("server-0", "i-01")], stresses: 0) { rig in
            await #expect(throws: CloudWatchError.noStress(trial: rig.trial.directory)) {
                try await rig.ask()
            }
            try rig.trial.write("{", to: "trial.json")
            #expect(throws: CloudWatchError.noRecord(path: rig.trial.directory + "/trial.json")) {
                try rig.trial.loaded()
            }
            #expect(try rig.calls() == [])
        }
    }

    @Test("are not asked for without machines of EC2, and in a dry run only shown")
    func nothing() async throws {
        try await with([try Examples.node("server-0")]) { rig in
            try await rig.ask()
            #expect(try rig.calls() == [] && rig.said() == [])
            #expect(!Files.exists(rig.trial.directory + "/cloudwatch.csv"))
        }
        try await with([try Examples.node("server-0", "i-01")]) { rig in
            let lines = Mutex<[String]>([])
            let run = DryRun(servers: 1, system: "redis") { line in
                lines.withLock { $0.append(line) }
            }
            try await DryRun.$current.withValue(run) { try await rig.ask() }
            #expect(lines.withLock { $0 } == ["ask CloudWatch in us-east-1 of 1 machine"])
            #expect(try rig.calls() == [])
        }
    }

    @Test("of another account are refused before CloudWatch is asked")
    func otherAccount() async throws {
        let nodes = [try Examples.node("server-0", "i-01")]
        try await with(nodes, place: ["account": "999", "partition": "aws"]) { rig in
            let refusal = CloudWatchError.otherPlace(
                deployment: "demo",
                what: "account",
                made: "999",
                found: "111122223333"
            )
            await #expect(throws: refusal) { try await rig.ask() }
            let calls = try rig.calls()
            #expect(calls.count == 1)
        }
        let elsewhere = ["account": "111122223333", "partition": "aws-cn"]
        try await with(nodes, place: elsewhere) { rig in
            let error = await #expect(throws: CloudWatchError.self) { try await rig.ask() }
            #expect(error?.description.contains(#"the partition "aws-cn""#) == true)
        }
    }

    @Test("need keys that stand in the configs themselves, or in the environment")
    func keys() async throws {
        let configs = ["access_key: ${env:KEY}\nsecret_key: ${env:SECRET}\n"]
        try await with([try Examples.node("server-0", "i-01")], configs: configs) { rig in
            let refusal = CloudWatchError.reference(
                key: "access_key",
                file: rig.folder + "/0.yml"
            )
            await #expect(throws: refusal) { try await rig.ask() }
            let calls = try rig.calls()
            #expect(calls == [])
        }
    }

    @Test(
        "that the AWS command line cannot get are an error of one line with the remedy, without the keys"
    )
    func failure() async throws {
        let nodes = [try Examples.node("server-0", "i-01")]
        let keys = ["access_key: one\nsecret_key: top-secret\n"]
        let denies = """
            echo >&2
            printf 'An error occurred (AccessDenied): \\033[2Jnot top-secret\\n\\n' >&2
            exit 254
            """
        try await with(nodes, program: denies, configs: keys) { rig in
            let error = await #expect(throws: CloudWatchError.self) { try await rig.ask() }
            #expect(
                error?.description
                    == "aws cloudwatch list-metrics in us-east-1: exit status 254: An error occurred "
                    + "(AccessDenied): \u{FFFD}[2Jnot [redacted]; allow cloudwatch:GetMetricData and "
                    + "cloudwatch:ListMetrics to these credentials"
            )
            #expect(!Files.exists(rig.trial.directory + "/cloudwatch.csv"))
        }
        try await with(nodes, program: "exec yes") { rig in
            let error = await #expect(throws: CloudWatchError.self) { try await rig.ask() }
            #expect(error?.description.contains("wrote more than 67108864 bytes") == true)
        }
        try await with(nodes) { rig in
            try Files.remove(rig.program)
            let error = await #expect(throws: CloudWatchError.self) { try await rig.ask() }
            #expect(error == .noProgram)
        }
    }
}
