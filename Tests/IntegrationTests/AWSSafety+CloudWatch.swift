import DeploymentState
import Foundation
import Shell
import Testing

@testable import Deployment

/// What CloudWatch has of a deployment's machines, through the real AWS command line.
extension AWSSafetyTests {
    /// Gives the emulator figures of a deployment's machines, and of one in another region, and expects them in
    /// a trial; from another account they are refused.
    func expectCloudWatch(
        of files: StateFiles,
        _ aws: AWSEmulator,
        mine: ProvProgram,
        stranger: ProvProgram
    ) async throws {
        let state = try StateDirectory.open(files.path)
        let machine = try #require(state.inventory.nodes.first)
        let own = try #require(machine.vars["instance_id"])
        let far = try #require(
            Node(
                name: "client-9",
                publicIP: "203.0.113.9",
                privateIP: "203.0.113.9",
                user: "ubuntu",
                vars: ["instance_id": "i-0fa4", "availability_zone": "eu-west-1b"]
            )
        )
        // Ten minutes ago, so that all has come.
        let start = Int(Date().timeIntervalSince1970) / 60 * 60 - 600
        let minutes = (-3..<2).map { (start + 60 * $0, Double(10 + $0)) }
        func put(_ namespace: String, _ region: String, _ data: [[String: Any]]) async throws {
            let input: [String: Any] = ["Namespace": namespace, "MetricData": data]
            let json = try JSONSerialization.data(withJSONObject: input)
            let file = "\(mine.folder)/put.json"
            try Files.write(String(decoding: json, as: UTF8.self), to: file)
            let words = ["cloudwatch", "put-metric-data", "--region", region, "--cli-input-json"]
            try await mine.call(aws.aws, words + ["file://\(file)"]).execute()
        }
        func samples(_ metric: String, _ instance: String, _ dimensions: [String: String] = [:])
            -> [[String: Any]]
        {
            let all = dimensions.merging(["InstanceId": instance]) { $1 }.sorted { $0.key < $1.key }
            return minutes.map { time, value in
                [
                    "MetricName": metric, "Timestamp": CloudWatchQuery.time(time), "Value": value,
                    "Dimensions": all.map { ["Name": $0.key, "Value": $0.value] },
                ]
            }
        }
        // The agents of so many others that ours stands on the second page.
        let others = (0..<600).map { number -> [String: Any] in
            let name = "i-\(String(0xa000 + number, radix: 16))"
            return [
                "MetricName": "mem_used_percent", "Value": 1,
                "Dimensions": [["Name": "InstanceId", "Value": name]],
            ]
        }
        try await put(
            "CWAgent",
            "us-east-1",
            others + samples("mem_used_percent", own, ["ImageId": "ami-1"])
                + samples("disk_used_percent", own, ["path": "/", "device": "a", "fstype": "ext4"])
        )
        try await put(
            "AWS/EC2",
            "us-east-1",
            samples("CPUUtilization", own) + samples("NetworkIn", own)
        )
        try await put("AWS/EC2", "eu-west-1", samples("CPUUtilization", "i-0fa4"))

        let deployment = Deployment(
            state: state,
            system: RedisCluster(),
            nodes: [machine, far],
            remotes: [],
            progress: Progress(isTerminal: false) { _ in }
        )
        let trial = try Self.trial(of: deployment, from: start, in: aws.prov.folder)
        func ask(as somebody: ProvProgram) async throws {
            try await deployment.cloudWatch(into: trial, waitingUpTo: .zero) {
                try AWSCommandLine(
                    of: state,
                    program: aws.aws,
                    environment: somebody.environment
                )
            }
        }
        let error = await #expect(throws: CloudWatchError.self) { try await ask(as: stranger) }
        #expect(
            error?.description.contains(#"the account "123456789012""#) == true
        )
        #expect(!Files.exists("\(trial.directory)/cloudwatch.csv"))

        try await ask(as: mine)
        let table = try Files.read("\(trial.directory)/cloudwatch.csv").split(separator: "\n")
        let time = CloudWatchQuery.time(start)
        #expect(
            table.contains(
                "\(time),us-east-1,\(machine.name),\(own),CPUUtilization,,Percent,10.0,60,1.0"
            )
        )
        #expect(
            table.contains("\(time),eu-west-1,client-9,i-0fa4,CPUUtilization,,Percent,10.0,60,1.0")
        )
        #expect(table.count == 1 + 5 * 2, "\(table)")
        let rows = try Files.read("\(trial.directory)/cloudwatch-statistics.csv")
            .split(separator: "\n")
        let figures = "yes,10.5,10.0,10.25,10.5,10.75,11.0"
        for row in [
            "CPUUtilization,,Percent,client-9,2,\(figures)",
            "CPUUtilization,,Percent,all,4,yes,10.5,10.0,10.0,10.5,11.0,11.0",
            "mem_used_percent,,Percent,\(machine.name),2,\(figures)",
            "disk_used_percent,\"/\",Percent,\(machine.name),2,\(figures)",
            "NetworkOut,,Bytes/Second,all,0,,,,,,,",
        ] { #expect(rows.contains(Substring(row)), "\(rows)") }
    }

    /// A trial whose load lasted for two minutes.
    private static func trial(
        of deployment: Deployment,
        from start: Int,
        in folder: String
    ) throws -> Trial {
        let time = Date(timeIntervalSince1970: Double(start))
        let stress = Stress(
            "mixed",
            operationsPerSecond: 1,
            for: .seconds(119),
            writeFraction: 0,
            on: DatasetContent(keyCount: 1, valueBytes: 1)
        )
        var evidence = StressEvidence(
            of: stress,
            with: BenchLoad(["--cluster"]),
            clients: [],
            before: Reading(moment: .init(time: time)),
            isOnDataset: false,
            redaction: Redaction(names: [])
        )
        evidence.end(with: Reading(moment: .init(time: time + 119)))
        var record = TrialRecord(
            deployment: deployment.state.name,
            deploymentId: deployment.state.record.id,
            label: "x",
            started: time,
            limits: ValidityLimits(),
            database: "redis",
            configs: [:],
            nodes: [:]
        )
        record.stresses = [evidence]
        return try Trial(record, in: folder + "/trials", redaction: Redaction(names: []))
    }
}
