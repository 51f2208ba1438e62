import Foundation
import Usage

/// What the AWS command line prints, all pages of it.
enum CloudWatchAnswer {
    /// Whose account it is: `aws sts get-caller-identity`.
    struct Identity: Decodable {
        let account: String
        let arn: String

        enum CodingKeys: String, CodingKey { case account = "Account", arn = "Arn" }

        /// What a deployment's record has under the same names.
        var place: [String: String] {
            let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
            return ["account": account, "partition": parts.count > 1 ? String(parts[1]) : ""]
        }
    }

    /// Which metrics there are: `aws cloudwatch list-metrics`.
    struct Metrics: Decodable {
        struct Metric: Decodable {
            let dimensions: [CloudWatchQuery.Dimension]

            enum CodingKeys: String, CodingKey { case dimensions = "Dimensions" }
        }

        let metrics: [Metric]

        enum CodingKeys: String, CodingKey { case metrics = "Metrics" }
    }

    /// The samples: `aws cloudwatch get-metric-data`; a metric of several pages is in it several times.
    struct Samples: Decodable {
        struct Result: Decodable {
            let id: String
            let times: [Time]
            let values: [Double]
            let status: String

            enum CodingKeys: String, CodingKey {
                case id = "Id", times = "Timestamps", values = "Values", status = "StatusCode"
            }
        }

        struct Message: Decodable {
            let code: String?
            let value: String?

            enum CodingKeys: String, CodingKey { case code = "Code", value = "Value" }
        }

        let results: [Result]
        let messages: [Message]?

        enum CodingKeys: String, CodingKey {
            case results = "MetricDataResults", messages = "Messages"
        }
    }

    /// A time as text or, as older versions print it, as seconds since 1970.
    struct Time: Decodable {
        /// In seconds since 1970, up to the year 9999.
        let second: Int

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let found: Double?
            if let seconds = try? container.decode(Double.self) {  // else it is text
                found = seconds
            } else {
                found = Self.date(try container.decode(String.self))?.timeIntervalSince1970
            }
            guard let found, (0..<253_402_300_800).contains(found) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "no time")
            }
            second = Int(found)
        }

        private static func date(_ text: String) -> Date? {
            let styles = [false, true].map {
                Date.ISO8601FormatStyle(includingFractionalSeconds: $0)
            }
            return styles.lazy.compactMap { try? Date(text, strategy: $0) }.first  // else the next
        }
    }

    /// Reads what a call printed.
    ///
    /// - Throws: ``CloudWatchError/unreadable(call:text:)``.
    static func read<Answer: Decodable>(
        _ type: Answer.Type,
        _ bytes: [UInt8],
        of call: String
    ) throws(CloudWatchError) -> Answer {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            let text = String(decoding: bytes.prefix(200), as: UTF8.self)
            throw .unreadable(call: call, text: text)
        }
    }
}

extension CloudWatchFigures {
    /// Takes over the samples of one call.
    ///
    /// - Parameters:
    ///   - answer: What it printed.
    ///   - queries: All of the region, whose places are the ids.
    ///   - asked: What is outside of these seconds was not asked for.
    /// - Throws: ``CloudWatchError/unreadable(call:text:)`` for samples without times.
    mutating func take(
        _ answer: CloudWatchAnswer.Samples,
        of queries: [CloudWatchQuery],
        in asked: Range<Int>
    ) throws(CloudWatchError) {
        var statuses: [Int: String] = [:]
        for result in answer.results {
            guard result.id.hasPrefix("q"), let place = Int(result.id.dropFirst()),
                queries.indices.contains(place), result.times.count == result.values.count
            else {
                throw .unreadable(
                    call: "cloudwatch get-metric-data",
                    text: "\(result.id): \(result.times.count.of("time")), "
                        + result.values.count.of("value")
                )
            }
            let key = queries[place].key
            for (time, value) in zip(result.times, result.values)
            where asked.contains(time.second) {
                add(value, at: time.second, to: key)
            }
            // The last page says how it ended.
            statuses[place] = result.status
        }
        for (place, status) in statuses.sorted(by: { $0.key < $1.key })
        where status != "Complete" && status != "PartialData" {
            let key = queries[place].key
            say("\(key.metric.name) of \(key.node.name): CloudWatch answers \(status)")
        }
        for message in answer.messages ?? [] {
            say("CloudWatch says \(message.code ?? ""): \(message.value ?? "")")
        }
    }
}
