import Foundation
import Testing

@testable import Deployment

@Suite("What CloudWatch answers")
struct CloudWatchAnswerTests {
    private typealias Examples = CloudWatchExamples

    /// The figures of one machine after an answer.
    private func figures(_ text: String) throws -> CloudWatchFigures {
        let machine = try Examples.machine("server-0", "i-01")
        let window = Examples.noon..<Examples.noon + 120
        var figures = CloudWatchFigures(of: [machine], in: window)
        let answer = try CloudWatchAnswer.read(
            CloudWatchAnswer.Samples.self,
            Array(text.utf8),
            of: "cloudwatch get-metric-data"
        )
        try figures.take(
            answer,
            of: CloudWatchQuery.ofMachines([machine]),
            in: CloudWatchQuery.asked(for: window)
        )
        return figures
    }

    private func samples(_ figures: CloudWatchFigures, _ metric: String) throws -> [Int: Double] {
        let key = try Examples.key(figures.nodes[0], metric)
        return figures.series[key]?.samples ?? [:]
    }

    @Test("is read with times as text and as numbers, page after page")
    func pages() throws {
        let read = try figures(
            """
            {"MetricDataResults": [
              {"Id": "q0", "Label": "x", "Timestamps": ["2026-01-01T12:00:00+00:00"], "Values": [1.5], "StatusCode": "PartialData"},
              {"Id": "q1", "Timestamps": [1767268800, 1767268860.0], "Values": [60, 120], "StatusCode": "Complete"},
              {"Id": "q0", "Timestamps": ["2026-01-01T12:01:00Z", "2026-01-01T12:02:00.000Z"], "Values": [2.5, 9], "StatusCode": "Complete"}
            ], "Messages": []}
            """
        )
        let noon = Examples.noon
        // What begins with the end was not asked for.
        #expect(try samples(read, "CPUUtilization") == [noon: 1.5, noon + 60: 2.5])
        #expect(try samples(read, "NetworkIn") == [noon: 60, noon + 60: 120])
        #expect(read.remarks == [])
    }

    @Test("tells what was refused, in one line that commands no terminal")
    func refused() throws {
        let read = try figures(
            #"""
            {"MetricDataResults": [
              {"Id": "q0", "Timestamps": [], "Values": [], "StatusCode": "InternalError"},
              {"Id": "q2", "Timestamps": [], "Values": [], "StatusCode": "Forbidden"}
            ], "Messages": [{"Code": "Max\u001b[2J", "Value": "too\nmany"}]}
            """#
        )
        #expect(
            read.remarks == [
                "CPUUtilization of server-0: CloudWatch answers InternalError",
                "NetworkOut of server-0: CloudWatch answers Forbidden",
                "CloudWatch says Max\u{FFFD}[2J: too many",
            ]
        )
    }

    @Test(
        "is refused whole if it is not what the AWS command line documents",
        arguments: [
            "", "{", "null", "[]", #"{"MetricDataResults": 7}"#,
            #"{"MetricDataResults": [{"Id": "q0", "Timestamps": [1767268800], "Values": [NaN], "StatusCode": "Complete"}]}"#,
            #"{"MetricDataResults": [{"Id": "q0", "Timestamps": [1767268800], "Values": [1e999], "StatusCode": "Complete"}]}"#,
            #"{"MetricDataResults": [{"Id": "q0", "Timestamps": [1e300], "Values": [1], "StatusCode": "Complete"}]}"#,
            #"{"MetricDataResults": [{"Id": "q0", "Timestamps": ["noon"], "Values": [1], "StatusCode": "Complete"}]}"#,
            #"{"MetricDataResults": [{"Id": "q0", "Timestamps": [], "Values": [1], "StatusCode": "Complete"}]}"#,
            #"{"MetricDataResults": [{"Id": "q7", "Timestamps": [], "Values": [], "StatusCode": "Complete"}]}"#,
            #"{"MetricDataResults": [{"Id": "x", "Timestamps": [], "Values": [], "StatusCode": "Complete"}]}"#,
            String(repeating: "[", count: 100_000),
        ]
    )
    func hostile(_ text: String) throws {
        let error = try #require(throws: CloudWatchError.self) { _ = try figures(text) }
        guard case .unreadable = error else {
            Issue.record("\(error)")
            return
        }
        #expect("\(error)".count < 500)
    }

    @Test("says whose account it is")
    func identity() throws {
        let text =
            #"{"UserId": "A", "Account": "012345678901", "Arn": "arn:aws-cn:sts::012345678901:user/me"}"#
        let identity = try CloudWatchAnswer.read(
            CloudWatchAnswer.Identity.self,
            Array(text.utf8),
            of: "sts"
        )
        #expect(identity.place == ["account": "012345678901", "partition": "aws-cn"])
    }
}
