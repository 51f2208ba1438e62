import DeploymentState
import Foundation
import Shell
import Usage

/// One value of a PromQL query's answer.
public struct Sample: Sendable, Hashable {
    /// The labels, such as `instance` (the node's name) and `job`.
    public let labels: [String: String]
    /// The value, in the metric's own unit.
    public let value: Double
}

extension Deployment {
    /// Installs the exporters on all nodes and Prometheus on the monitors, and starts them.
    ///
    /// Exporters answer at a node's private address alone, and Prometheus on the monitor itself.
    ///
    /// - Parameter publicAddresses: Whether exporters may listen on addresses that all the world can
    ///   reach.
    /// - Throws: ``PublicAddressError`` before anything is changed, if they may not and would.
    public func installMonitoring(onPublicAddresses publicAddresses: Bool = false) async throws {
        if !publicAddresses { try PublicAddressError.check(nodes) }
        try await progress.step("install monitoring on \(nodes.count.of("node"))") { _ in
            try await onEach(nodes) { remote in
                try await remote.execute(.installPackages(["prometheus-node-exporter"]))
                for file in MachineFigures.files { try await remote.execute(file.install) }
                try await remote.execute(MachineFigures.start)
                try await remote.execute(Prometheus.nodeExporterFile(for: remote.node).install)
                try await remote.execute(
                    .root(["systemctl", "restart", .plain(Prometheus.nodeExporter)])
                )
            }
            try await onEach(monitors) { remote in
                try await remote.execute(.installPackages(["prometheus", "curl"]))
                for file in Prometheus.files(targets: Prometheus.targets(nodes, system)) {
                    try await remote.execute(file.install)
                }
                try await remote.execute(Prometheus.restart)
            }
            try await waitForMetrics(timeout: .seconds(60))
        }
    }

    /// Deletes all metrics, and returns when Prometheus reads every exporter again.
    ///
    /// So a trial's metrics hold that trial alone, and none is missing. The cluster must run.
    public func clearMetrics(timeout: Duration = .seconds(60)) async throws {
        try await progress.step("clear the metrics") { _ in
            try await onEach(monitors) { try await $0.execute(Prometheus.clear) }
            try await waitForMetrics(timeout: timeout)
        }
    }

    private func waitForMetrics(timeout: Duration) async throws {
        let count = Prometheus.targets(nodes, system).count
        try await waitFor(monitors, "metrics of all \(count) exporters", timeout: timeout) { _ in
            Prometheus.seesAll(count)
        }
    }

    /// Asks the first monitor and returns the samples of an instant vector or a scalar.
    ///
    /// - Throws: ``QueryError`` with Prometheus's words if the expression is wrong.
    public func query(_ expression: String) async throws -> [Sample] {
        let monitor = Array(monitors.prefix(1))
        let answers = try await onEach(monitor) { remote in
            let call = Prometheus.query(expression)
            let result = try await remote.capture(call)
            guard result.status.isSuccess else {
                throw QueryError(expression: expression, answer: result.output)
                    ?? RemoteError(node: remote.node.name, call: call, result: result)
            }
            return result.output
        }
        guard let answer = answers.values.first else { return [] }
        return try JSONDecoder().decode(PrometheusAnswer.self, from: Data(answer.utf8)).samples
    }

    /// Fetches all metrics into a folder: on each monitor a snapshot that Prometheus can open.
    public func fetchMetrics(into folder: String) async throws {
        try await progress.step("fetch the metrics") { _ in
            try await onEach(monitors) { remote in
                let local = "\(folder)/\(remote.node.name)"
                try FileManager.default.createDirectory(
                    atPath: local,
                    withIntermediateDirectories: true
                )
                let fetched = "\(local).tar.gz"
                defer { try? Files.remove(fetched) }  // the next one is written over it
                try await remote.withStaging { staging in
                    let archive = "\(staging)/metrics.tar.gz"
                    try await remote.execute(Prometheus.snapshot(to: archive))
                    try await remote.download(archive, to: fetched, limit: Archive.packedLimit)
                }
                // Of a dry run there is none.
                if DryRun.current == nil { try await Archive.unpack(fetched, into: local) }
            }
        }
    }
}

/// Prometheus's JSON, as its HTTP API documents it under "Expression query result formats".
private struct PrometheusAnswer: Decodable {
    struct Result: Decodable {
        let metric: [String: String]
        let value: Value
    }

    /// `[ <seconds since 1970>, "<value>" ]`.
    struct Value: Decodable {
        let number: Double

        init(from decoder: any Decoder) throws {
            var pair = try decoder.unkeyedContainer()
            _ = try pair.decode(Double.self)
            let text = try pair.decode(String.self)
            guard let number = Double(text) else {
                throw DecodingError.dataCorruptedError(
                    in: pair,
                    debugDescription: "\"\(text)\" is no number"
                )
            }
            self.number = number
        }
    }

    let samples: [Sample]

    private enum Keys: String, CodingKey { case data, resultType, result }

    init(from decoder: any Decoder) throws {
        let data = try decoder.container(keyedBy: Keys.self)
            .nestedContainer(keyedBy: Keys.self, forKey: .data)
        if try data.decode(String.self, forKey: .resultType) == "scalar" {
            samples = [
                Sample(labels: [:], value: try data.decode(Value.self, forKey: .result).number)
            ]
        } else {
            samples = try data.decode([Result].self, forKey: .result)
                .map { Sample(labels: $0.metric, value: $0.value.number) }
        }
    }
}
