internal import Foundation

/// A real Prometheus on a free loopback port; ends with the test.
package final class PrometheusServer: Sendable {
    private let folder: TemporaryFolder
    private let process: ChildProcess
    private let address: String

    /// Starts it with the text of its configuration, and waits until it listens.
    package init(_ configuration: String) async throws {
        folder = try TemporaryFolder()
        let process = try ChildProcess([
            "prometheus", "--config.file",
            folder.write(configuration, to: "prometheus.yml"), "--storage.tsdb.path",
            folder.path + "/data", "--web.listen-address", "127.0.0.1:0",
        ])
        self.process = process
        var address = ""
        try await ChildProcess.waitFor("prometheus") {
            let line = process.errors.firstMatch(
                of: /msg="Listening on" address=(127\.0\.0\.1:[0-9]+)/
            )
            address = line.map { String($0.1) } ?? ""
            return process.poll() != nil || !address.isEmpty
        }
        self.address = address
    }

    /// The value of an expression, once it has one that `condition` wants; `nil` if it has none in 60 s.
    package func value(
        _ expression: String,
        _ condition: (Double) -> Bool = { _ in true }
    ) async throws -> Double? {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(60)
        while clock.now < end {
            let values = try await values(expression)
            if let value = values.first, condition(value) { return value }
            try await Task.sleep(for: .milliseconds(100))
        }
        return nil
    }

    /// What an expression is now: the values of its samples, of which there may be none.
    package func values(_ expression: String) async throws -> [Double] {
        let curl = try ChildProcess([
            "curl", "--silent", "--show-error", "--get", "http://\(address)/api/v1/query",
            "--data-urlencode", "query=\(expression)",
        ])
        _ = try await curl.wait()
        let object = try? JSONSerialization.jsonObject(with: Data(curl.output.utf8))
        let data = (object as? [String: Any])?["data"] as? [String: Any]
        let results = data?["result"] as? [[String: Any]] ?? []
        return results.compactMap { result in
            ((result["value"] as? [Any])?.last as? String).flatMap { Double($0) }
        }
    }
}
