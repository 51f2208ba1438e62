import Usage

/// Something that runs on a node and outlives whoever began it.
struct Job: Sendable, Hashable {
    /// What kind of thing it is.
    enum Kind: String, Sendable, Hashable {
        /// One client's part of a stress.
        case stress
        /// A fault that waits for its time, or that has begun.
        case fault
        /// A command that somebody sent over SSH.
        case command
    }

    var kind: Kind
    /// The systemd unit's name, or the number of the command's session.
    var id: String
    /// In words, such as `stress mixed (bench load)`.
    var what: String
    /// How it stands: `runs`, `waits`, `has ended` or `failed`.
    var state: String
    /// For how many seconds, since it began or since it ended; `nil` if the node does not say.
    var seconds: Int?
    /// The last line that it wrote; empty if there is none.
    var lastLine: String

    /// Reads what ``JobCalls/list`` printed; a node that means harm gets nothing but words on a line.
    static func read(_ text: String) -> [Job] {
        text.split(separator: "--job\n").compactMap { block in
            let fields = block.split(separator: "\n").reduce(into: [Substring: String]()) {
                fields,
                line in
                let parts = line.split(separator: "=", maxSplits: 1)
                if parts.count == 2 { fields[parts[0]] = String(parts[1].prefix(500)) }
            }
            guard let kind = fields["kind"].flatMap({ Kind(rawValue: $0) }), let id = fields["id"]
            else {
                return nil
            }
            return Job(
                kind: kind,
                id: id,
                what: fields["what"] ?? id,
                state: fields["state"] ?? "runs",
                seconds: fields["seconds"].flatMap { NodeNumber.whole($0) },
                lastLine: fields["line"] ?? ""
            )
        }
    }

    /// Such as `1 h 2 min`, `12 min 5 s` or `7 s`: two units are enough to know which run it was.
    var since: String {
        seconds.map(Self.words) ?? ""
    }

    /// A time in two units at most.
    static func words(_ seconds: Int) -> String {
        let units = [(seconds / 3_600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")]
        let shown = units.drop { $0.0 == 0 }.prefix(2).filter { $0.0 > 0 }
        return shown.isEmpty ? "0 s" : shown.map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }

    /// The last line without the blanks that make it a column.
    private var said: String {
        lastLine.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// What it is, on no more than a line of a terminal.
    private var title: String { what.count > 80 ? what.prefix(79) + "…" : what }

    /// A table of all nodes' jobs, in order of the nodes.
    static func table(_ jobs: [(node: String, jobs: [Job])]) -> String {
        let head = ["NODE", "WHAT", "STATE", "FOR", "LAST LINE"]
        let rows = jobs.flatMap { node, jobs in
            jobs.map { [node, $0.title, $0.state, $0.since, $0.said].map(\.printable) }
        }
        let widths = head.indices.map { column in
            ([head] + rows).map { $0[column].count }.max() ?? 0
        }
        return ([head] + rows).map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: "  ").trimmingSuffix { $0 == " " }
        }
        .joined(separator: "\n")
    }
}

extension String {
    fileprivate func trimmingSuffix(_ isBlank: (Character) -> Bool) -> String {
        let end = lastIndex { !isBlank($0) }.map { index(after: $0) } ?? startIndex
        return String(self[..<end])
    }
}
