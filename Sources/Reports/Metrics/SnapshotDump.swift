internal import Usage

/// What `promtool` writes of a snapshot, taken in piece by piece: a line for each sample, with all labels of
/// its series each time.
struct SnapshotDump: Sendable {
    /// What no exporter of ours writes, but evidence may hold that means harm.
    enum Fault: Error, Hashable, CustomStringConvertible {
        case longLine
        case tooMuch(Bounds)
        case noFile(String, problem: String)

        var description: String {
            switch self {
            case .longLine:
                "the labels of a series are longer than \(SnapshotDump.longestLine >> 10) KiB"
            case .tooMuch(let most):
                "it has more than \(most.nodes.grouped) nodes, \(most.series.grouped) series of them, or "
                    + "\(most.samples.grouped) samples"
            case .noFile(let name, let problem): "\(name): \(problem)"
            }
        }
    }

    /// The most bytes of a whole dump; an hour of ten servers with 100 processors each is a tenth of it.
    static let longest = 4 << 30
    /// The most bytes of a line; ours have some hundreds.
    static let longestLine = 16 << 10

    /// The most that is kept of a dump, some 800 MB; a hundred servers, scraped each second for two hours, have some
    /// 2,000 series and 14 million samples, and ten over a night 6 million.
    struct Bounds: Sendable, Hashable {
        var nodes = 2_000
        var series = 50_000
        var samples = 20_000_000
    }

    private let bounds: Bounds
    private var snapshot: Snapshot
    /// Why it takes no more.
    private(set) var fault: Fault?
    private var rest: [UInt8] = []
    /// The labels of the last line, and what they say: the samples of a series follow each other.
    private var last: (labels: [UInt8], series: Snapshot.Series?) = ([], nil)

    /// Goes on with what is known.
    init(_ snapshot: Snapshot, bounds: Bounds = Bounds()) {
        self.snapshot = snapshot
        self.bounds = bounds
    }

    /// Takes the next bytes; returns whether more are wanted.
    mutating func take(_ bytes: [UInt8]) -> Bool {
        guard fault == nil else { return false }
        var left = bytes[...]
        while let end = left.firstIndex(of: UInt8(ascii: "\n")) {
            if rest.isEmpty {
                add(left[..<end])
            } else {
                rest += left[..<end]
                add(rest[...])
                rest.removeAll(keepingCapacity: true)
            }
            left = left[(end + 1)...]
        }
        rest += left
        if rest.count > Self.longestLine { fault = .longLine }
        return fault == nil
    }

    /// Returns what is known now, at the end of the dump.
    consuming func finish() -> Snapshot {
        add(rest[...])
        return snapshot
    }

    private mutating func add(_ line: ArraySlice<UInt8>) {
        guard line.count <= Self.longestLine else { return fault = .longLine }
        guard let end = line.lastIndex(of: UInt8(ascii: "}")) else { return }
        let words = line[(end + 1)...].split(separator: UInt8(ascii: " "))
        guard words.count == 2, let value = Double(String(decoding: words[0], as: UTF8.self)),
            let time = Int64(String(decoding: words[1], as: UTF8.self))
        else { return }
        let labels = line[..<end]
        if !last.labels.elementsEqual(labels) {
            let text = String(decoding: labels, as: UTF8.self)
            last = (Array(labels), Snapshot.Series(text[...]))
        }
        guard let series = last.series else { return }
        snapshot.add(value, at: time, to: series)
        if snapshot.nodes.count > bounds.nodes || snapshot.samples.count > bounds.series
            || snapshot.count > bounds.samples
        {
            fault = .tooMuch(bounds)
        }
    }
}
