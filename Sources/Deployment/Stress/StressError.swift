import Foundation
import LoadResult
import Usage

/// Why a stress is worth nothing: the loaders that died, and how.
public struct StressError: Error, Hashable, CustomStringConvertible {
    /// What became of each loader that failed, by node.
    public let failures: [String: String]

    /// Each loader that failed, with its last lines.
    public var description: String {
        failures.sorted { $0.key < $1.key }
            .map { "\($0.key): the load tool \($0.value)" }
            .joined(separator: "\n")
    }
}

/// A load tool's result with numbers that no load can have come to.
struct BadResult: Error, Hashable, CustomStringConvertible {
    /// Where it was fetched to.
    let path: String

    var description: String {
        "\(path): its numbers are those of no load: did something else write it on the client?"
    }
}

/// Writes of a populating load that failed: keys are missing, or nobody knows.
public struct PopulateError: Error, Hashable, CustomStringConvertible {
    /// How many keys were to be written.
    public let writes: Int
    /// How many of them were not, or nobody knows whether they were; without those that were not sent any more.
    public let failed: Int
    /// How many were done when the first failure ended the rest; `nil` if all were tried.
    public var done: Int?
    /// How often a refusal began with which word, such as `OOM`.
    public let refusals: [String: Int]
    /// The command by which a person deletes all keys on a server.
    let emptying: String

    /// Fails unless every client says that it wrote all of its keys.
    static func check(
        _ results: [String: LoadResult],
        clients: [String],
        of content: DatasetContent,
        emptying: String
    ) throws {
        let silent = clients.filter { results[$0] == nil }
        guard silent.isEmpty else {
            throw StressError(
                failures: Dictionary(uniqueKeysWithValues: silent.map { ($0, "left no result") })
            )
        }
        let written = results.values.map { $0.settled - $0.errors }.reduce(0, +)
        guard written == content.keyCount else {
            throw PopulateError(
                writes: content.keyCount,
                failed: content.keyCount - written,
                refusals: refusals(of: results),
                emptying: emptying
            )
        }
    }

    /// Fails if loaders that did not come to their end had writes that failed.
    static func checkFailed(
        _ results: [String: LoadResult],
        of content: DatasetContent,
        emptying: String
    ) throws {
        let failed = results.values.map(\.errors).reduce(0, +)
        guard failed > 0 else { return }
        throw PopulateError(
            writes: content.keyCount,
            failed: failed,
            done: results.values.map { $0.settled - $0.errors }.reduce(0, +),
            refusals: refusals(of: results),
            emptying: emptying
        )
    }

    private static func refusals(of results: [String: LoadResult]) -> [String: Int] {
        results.values.reduce(into: [:]) { $0.merge($1.refusals, uniquingKeysWith: +) }
    }

    /// Both counts, how writes were refused, and the remedy.
    public var description: String {
        let words = refusals.sorted { $0.key < $1.key }
            .map { " (\($0.value.withCommas) refused with \($0.key))" }.joined()
        let rest = done.map { ", and the rest was not sent, \($0.withCommas) being done" } ?? ""
        return "\(failed.withCommas) of \(writes.withCommas) writes failed\(words)\(rest): "
            + "look for the cause on the servers, delete all keys there with "
            + "\"\(emptying)\", then populate again"
    }
}
