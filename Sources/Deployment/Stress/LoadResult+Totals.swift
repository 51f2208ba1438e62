import Foundation
import LoadResult

extension LoadResult {
    /// What became of all clients' requests in a few words, such as `600,000 requests, 0 errors`.
    static func totals(of results: [LoadResult]) -> String {
        func sum(_ value: (LoadResult) -> Int) -> Int { results.map(value).reduce(0, +) }
        let missing = sum(\.missing)
        return "\(sum(\.due).formatted()) requests, \(sum(\.errors).formatted()) errors"
            + (missing > 0 ? ", \(missing.formatted()) reads of keys that are not there" : "")
    }
}
