import DeploymentState
import Foundation
import Testing

@testable import Deployment

/// Machines and answers for the tests of CloudWatch's figures.
enum CloudWatchExamples {
    /// 2026-01-01T12:00:00Z.
    static let noon = 1_767_268_800

    static func node(
        _ name: String,
        _ instance: String? = nil,
        zone: String? = "us-east-1a"
    ) throws -> Node {
        var vars: [String: String] = [:]
        vars["instance_id"] = instance
        vars["availability_zone"] = zone
        let address = "198.18.0.1"
        let node = Node(
            name: name,
            publicIP: address,
            privateIP: address,
            user: "ubuntu",
            vars: vars
        )
        return try #require(node)
    }

    static func machine(
        _ name: String,
        _ instance: String,
        zone: String = "us-east-1a"
    ) throws -> CloudWatchNode {
        try #require(try CloudWatchNode(node(name, instance, zone: zone)))
    }

    static func metric(_ name: String) throws -> CloudWatchMetric {
        try #require(CloudWatchMetric.all.first { $0.name == name })
    }

    static func key(
        _ node: CloudWatchNode,
        _ metric: String,
        _ detail: String = ""
    ) throws -> CloudWatchSeries.Key {
        CloudWatchSeries.Key(node: node, metric: try self.metric(metric), detail: detail)
    }

    /// The rows of a CSV text behind its head, by its head's names; no cell has a comma.
    static func rows(_ text: String) -> [[String: String]] {
        let lines = text.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        return lines.dropFirst().map {
            Dictionary(uniqueKeysWithValues: zip(lines[0], $0))
        }
    }
}
