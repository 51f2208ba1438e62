import Foundation
import Usage

/// What the machines of a deployment can do, all of them measured at the same time.
///
/// It shows a node that is slower than its like before a night is measured on it. The figures compare
/// nodes with each other; they are no benchmark of a processor or a disk.
public struct Probe: Sendable, Hashable, Codable {
    /// What one node could do while all others did the same.
    public struct Reading: Sendable, Hashable, Codable {
        /// How many processors it may use.
        public var processors: Int
        /// SHA-256 over all its processors, in bytes per second.
        public var hashing: Double
        /// Writes of 4 KiB one after another, each on the disk before the next, per second.
        public var syncing: Double
        /// Writes of 1 MiB one after another around the page cache, in bytes per second.
        public var writing: Double
        /// What it sent to the next node over one TCP connection, in bytes per second; `nil` if it was alone.
        public var sending: Double?
        /// The median time of a TCP connect to the next node, in microseconds; `nil` if it was alone.
        public var connecting: Double?
        /// The share of its time in which the hypervisor let others run, 0 to 1.
        public var stolen: Double
    }

    /// The figures as JSON, a member for each node.
    public var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    /// A kind of figure.
    public enum Figure: CaseIterable, Sendable {
        /// ``Reading/hashing``
        case hashing
        /// ``Reading/syncing``
        case syncing
        /// ``Reading/writing``
        case writing
        /// ``Reading/sending``
        case sending
        /// ``Reading/connecting``
        case connecting
    }

    /// What each node said, by its name.
    public var nodes: [String: Reading]

    /// The lowest, middle and highest value of a figure on some nodes.
    public struct Spread: Sendable, Hashable {
        /// The lowest.
        public var lowest: Double
        /// The one in the middle; of an even number the mean of the two there.
        public var median: Double
        /// The highest.
        public var highest: Double

        /// How far apart the ends are, as a part of the median.
        public var width: Double { median > 0 ? (highest - lowest) / median : 0 }
    }

    /// How a figure differs over nodes.
    ///
    /// - Parameters:
    ///   - figure: The figure.
    ///   - names: The nodes' names.
    /// - Returns: Its spread; `nil` if none of them has it.
    public func spread(of figure: Figure, over names: [String]) -> Spread? {
        let values = names.compactMap { nodes[$0]?[figure] }.sorted()
        guard let lowest = values.first, let highest = values.last else { return nil }
        let middle = values.count / 2
        let median =
            values.count.isMultiple(of: 2)
            ? (values[middle - 1] + values[middle]) / 2 : values[middle]
        return Spread(lowest: lowest, median: median, highest: highest)
    }
}

extension Probe.Reading {
    subscript(_ figure: Probe.Figure) -> Double? {
        switch figure {
        case .hashing: hashing
        case .syncing: syncing
        case .writing: writing
        case .sending: sending
        case .connecting: connecting
        }
    }

    /// Reads what ``ProbeSteps/measure(to:in:for:)`` printed; `nil` if a figure is missing or out of range.
    init?(_ text: String) {
        var fields: [Substring: Double] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let number = NodeNumber.decimal(parts[1]), number >= 0 else {
                return nil
            }
            fields[parts[0]] = number
        }
        guard let processors = fields["processors"].flatMap({ Int(exactly: $0) }), processors > 0,
            let hashing = fields["hashing"], let syncing = fields["syncing"],
            let writing = fields["writing"], let stolen = fields["stolen"], stolen <= 1,
            (fields["sending"] == nil) == (fields["connecting"] == nil)
        else { return nil }
        self.init(
            processors: processors,
            hashing: hashing,
            syncing: syncing,
            writing: writing,
            sending: fields["sending"],
            connecting: fields["connecting"],
            stolen: stolen
        )
    }
}

extension Probe: CustomStringConvertible {
    /// A table: a row for each node, and below each group how far apart its nodes are.
    public var description: String {
        var table = TextTable()
        table.add(
            [
                "node", "processors", "SHA-256 MB/s", "synced writes/s", "write MB/s",
                "send MB/s", "connect µs", "stolen %",
            ]
        )
        let names = nodes.keys.sorted { ($0.count, $0) < ($1.count, $1) }
        let groups = Dictionary(grouping: names) { $0.prefix { $0 != "-" } }
        for group in groups.keys.sorted() {
            table.addRule()
            let members = groups[group] ?? []
            for name in members {
                guard let node = nodes[name] else { continue }
                table.add(
                    [name, "\(node.processors)"] + Figure.allCases.map { $0.text(node[$0]) }
                        + [Self.text(node.stolen * 100, 1)]
                )
            }
            guard members.count > 1 else { continue }
            let widths = Figure.allCases.map { figure in
                spread(of: figure, over: members).map { "\(Self.text($0.width * 100, 0)) %" } ?? "-"
            }
            table.add(["apart by", ""] + widths)
        }
        return table.text()
    }

    private static func text(_ value: Double, _ decimals: Int) -> String {
        "\(Fixed(value, decimals: decimals))"
    }
}

extension Probe.Figure {
    /// A value in the unit of its column.
    fileprivate func text(_ value: Double?) -> String {
        guard let value else { return "-" }
        switch self {
        case .hashing, .writing, .sending: return "\(Fixed(value / 1e6, decimals: 1))"
        case .syncing, .connecting: return "\(Fixed(value, decimals: 0))"
        }
    }
}
