import Foundation
import Shell

/// A folder on a node for what is on its way: the login user's alone, under a name nobody can foresee.
enum Staging {
    /// Makes one and prints its path.
    static let make = RemoteCall(["mktemp", "--directory", "/tmp/prov-XXXXXXXXXXXX"])

    /// Removes one with all that is in it, also what root put there.
    static func remove(_ folder: String) -> RemoteCall {
        .root(["rm", "--recursive", "--force", "--", .plain(folder)]).repeatable
    }
}

extension Remote {
    /// Does `work` with a folder of its own on the node, which is removed whatever comes of it.
    func withStaging<Value>(_ work: (String) async throws -> Value) async throws -> Value {
        let folder = try await execute(Staging.make).trimmingCharacters(in: .newlines)
        guard folder.hasPrefix("/tmp/prov-"), !folder.contains(where: \.isWhitespace) else {
            throw BadStaging(answer: folder)
        }
        do {
            let value = try await work(folder)
            try await execute(Staging.remove(folder))
            return value
        } catch {
            // The first error is what counts; an empty folder in /tmp at worst stays.
            _ = try? await execute(Staging.remove(folder))
            throw error
        }
    }
}

/// The node's `mktemp` answered something else than a path.
struct BadStaging: Error, CustomStringConvertible {
    let answer: String

    var description: String {
        "mktemp printed \"\(answer.prefix(200))\" instead of a path: does the login shell print something?"
    }
}
