internal import Histogram
internal import JSON

/// Something that is not the same in two trials.
package struct Difference: Sendable, Hashable {
    /// What differs, such as `settings.maxmemory`.
    package let name: String
    /// What it is in each; `nil` where it is not said.
    package let a: String?
    package let b: String?

    /// `settings.maxmemory: 0 → 100mb`, fit for a terminal.
    package var text: String {
        func shown(_ value: String?) -> String {
            value.map { $0.isEmpty ? "\"\"" : printable($0, limit: 120) } ?? "–"
        }
        return "\(printable(name, limit: 120)): \(shown(a)) → \(shown(b))"
    }

    var json: JSON {
        [
            "name": .string(name), "a": a.map(JSON.string) ?? .null,
            "b": b.map(JSON.string) ?? .null,
        ]
    }

    /// Returns what differs between two lists of names and values, in the order of the names.
    package static func between(_ a: [String: String], _ b: [String: String]) -> [Difference] {
        Set(a.keys).union(b.keys).sorted().compactMap { name in
            a[name] == b[name] ? nil : Difference(name: name, a: a[name], b: b[name])
        }
    }
}
