import Foundation
import LoadResult
import Usage

extension LoadResult {
    /// What became of all clients' requests in a few words, such as `600,000 requests, 0 errors`.
    static func totals(of results: [LoadResult]) -> String {
        func sum(_ value: (LoadResult) -> Int) -> Int { results.map(value).reduce(0, +) }
        let missing = sum(\.missing)
        return "\(sum(\.due).of("request")), \(sum(\.errors).of("error"))"
            + (missing > 0 ? ", \(missing.of("read")) of keys that are not there" : "")
    }
}
