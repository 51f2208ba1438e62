import Foundation
import LoadResult
import Usage

extension LoadResult {
    /// What became of all clients' requests in a few words, such as `600,000 requests, 0 errors`.
    ///
    /// A program that leaves no result says nothing of requests: of a load that populates its keys are told,
    /// which are counted afterwards, and of any other nothing.
    static func totals(of results: [LoadResult], of stress: Stress) -> String {
        guard !results.isEmpty else {
            return stress.pace == .everyKeyOnce ? stress.content.keyCount.of("key") : ""
        }
        func sum(_ value: (LoadResult) -> Int) -> Int { results.map(value).reduce(0, +) }
        let missing = sum(\.missing)
        return "\(sum(\.due).of("request")), \(sum(\.errors).of("error"))"
            + (missing > 0 ? ", \(missing.of("read")) of keys that are not there" : "")
    }
}
