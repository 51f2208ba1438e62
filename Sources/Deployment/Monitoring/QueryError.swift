import Foundation

/// A query that Prometheus refused, with the reason that it gave.
public struct QueryError: Error, Hashable, CustomStringConvertible {
    /// The PromQL expression.
    public let expression: String
    /// Prometheus's own words.
    public let reason: String

    /// Reads the answer to a query that failed; `nil` if it is not Prometheus's.
    init?(expression: String, answer: String) {
        /// The form that its HTTP API documents under "Format overview".
        struct Refusal: Decodable { let error: String }
        do {
            reason = try JSONDecoder().decode(Refusal.self, from: Data(answer.utf8)).error
        } catch {
            return nil
        }
        self.expression = expression
    }

    /// The expression and the reason.
    public var description: String { "query \"\(expression)\": \(reason)" }
}
