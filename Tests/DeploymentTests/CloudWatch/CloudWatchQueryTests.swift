import Foundation
import Testing

@testable import Deployment

@Suite("What CloudWatch is asked")
struct CloudWatchQueryTests {
    private typealias Examples = CloudWatchExamples

    @Test(
        "is asked in the region of a machine's zone, local zones too",
        arguments: [
            ("us-east-1a", "us-east-1"), ("ap-southeast-2c", "ap-southeast-2"),
            ("us-gov-west-1b", "us-gov-west-1"), ("us-west-2-lax-1a", "us-west-2"),
            ("eusc-de-east-1a", "eusc-de-east-1"), ("us-east-1-wl1-bos-wlz-1", "us-east-1"),
            ("--endpoint-url", nil), ("us-east-1", nil), ("us-east-1A", nil),
            ("", nil), ("us-east-1a\n", nil),
        ]
    )
    func region(zone: String, region: String?) {
        #expect(CloudWatchNode.region(ofZone: zone) == region)
    }

    @Test("is asked of machines of EC2 alone; one of no known zone is said")
    func machines() throws {
        #expect(try CloudWatchNode(Examples.node("server-0")) == nil)
        #expect(try CloudWatchNode(Examples.node("server-0", "machine-7")) == nil)
        #expect(try CloudWatchNode(Examples.node("server-0", "--help")) == nil)
        #expect(throws: CloudWatchError.noRegion(node: "server-0", zone: nil)) {
            _ = try CloudWatchNode(Examples.node("server-0", "i-01", zone: nil))
        }
        #expect(throws: CloudWatchError.noRegion(node: "server-0", zone: "Mars")) {
            _ = try CloudWatchNode(Examples.node("server-0", "i-01", zone: "Mars"))
        }
    }

    @Test("is one question for each metric, with the minutes of the load and the lead before it")
    func call() throws {
        let machine = try Examples.machine("server-0", "i-01")
        let queries = CloudWatchQuery.ofMachines([machine])
        let window = Examples.noon + 30..<Examples.noon + 91
        let text = try #require(
            try CloudWatchQuery.calls(Array(queries.prefix(2)), in: window).first
        )
        let metric = { (id: String, name: String, statistic: String) in
            #"{"Id":"\#(id)","MetricStat":{"Metric":{"Dimensions":[{"Name":"InstanceId","Value":"i-01"}],"#
                + #""MetricName":"\#(name)","Namespace":"AWS/EC2"},"Period":60,"Stat":"\#(statistic)"}}"#
        }
        #expect(
            text == #"{"EndTime":"2026-01-01T12:02:00Z","MetricDataQueries":["#
                + metric("q0", "CPUUtilization", "Average") + "," + metric("q1", "NetworkIn", "Sum")
                + #"],"ScanBy":"TimestampAscending","StartTime":"2026-01-01T11:45:00Z"}"#
        )
        #expect(
            queries.map(\.key.metric.name) == [
                "CPUUtilization", "NetworkIn", "NetworkOut", "EBSReadBytes", "EBSWriteBytes",
                "DiskReadBytes", "DiskWriteBytes",
            ]
        )
    }

    @Test("keeps to 500 metrics in a call, and each has an id of its own")
    func batches() throws {
        struct Call: Decodable {
            struct Query: Decodable { let Id: String }
            let MetricDataQueries: [Query]
        }
        let machines = try (0..<150).map {
            try Examples.machine("server-\($0)", "i-\(String($0, radix: 16))")
        }
        let queries = CloudWatchQuery.ofMachines(machines)
        let calls = try CloudWatchQuery.calls(queries, in: 1_000_000..<1_000_060)
        let parts = try calls.map {
            try JSONDecoder().decode(Call.self, from: Data($0.utf8)).MetricDataQueries.map(\.Id)
        }
        #expect(parts.map(\.count) == [500, 500, 50])
        #expect(parts.flatMap(\.self) == queries.indices.map { "q\($0)" })
    }

    @Test("an agent's metrics are those of these machines, by the disk's place; too many are cut")
    func agents() throws {
        let machines = [
            try Examples.machine("server-0", "i-01"), try Examples.machine("server-1", "i-02"),
        ]
        func found(_ instance: String, _ path: String?, _ more: String) -> [CloudWatchQuery
            .Dimension]
        {
            var all = [
                CloudWatchQuery.Dimension(name: "device", value: more),
                CloudWatchQuery.Dimension(name: "InstanceId", value: instance),
            ]
            if let path { all.append(.init(name: "path", value: path)) }
            return all
        }
        let metric = try Examples.metric("disk_used_percent")
        let (queries, cut) = CloudWatchQuery.ofAgents(
            machines,
            metric,
            [
                found("i-02", "/data", "md0"), found("i-99", "/", "elsewhere"),
                found("i-01", "/", "old"), found("i-01", "/", "new"),
            ]
                + (0..<101).map { found("i-02", "/mnt/\($0)", "loop") }
        )
        #expect(queries.prefix(2).map(\.key.detail) == ["/", "/"])
        #expect(queries.prefix(2).map { $0.dimensions[0].value } == ["old", "new"])
        #expect(queries[2].key.detail == "/data" && queries[2].key.node.name == "server-1")
        #expect(queries.count == 102 && cut == [machines[1]])
    }
}
