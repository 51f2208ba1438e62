internal import Bench
private import Foundation
private import Glibc
internal import Histogram
internal import JSON
internal import Posix
internal import Shell
private import Synchronization

/// What a trial's snapshot of Prometheus holds of the metrics that a report shows.
struct Snapshot: Sendable {
    /// One series of one node: by time in ms, the sum over all its labels, and how many there were.
    typealias Samples = [Int64: (sum: Double, count: Int)]

    /// What a series is of.
    struct Key: Hashable {
        let series: String
        let mode: String
        let node: String
    }

    private(set) var samples: [Key: Samples] = [:]
    /// How many samples there are of all series together.
    private(set) var count = 0
    /// All nodes that a series is of.
    private(set) var nodes: Set<String> = []
    /// The group of each node, such as `server`.
    private(set) var groups: [String: String] = [:]
    /// What must be said beside the metrics, such as why there are none.
    private(set) var notes: [String] = []

    init() {}

    /// Reads the snapshots of all monitors of a trial.
    ///
    /// - Parameters:
    ///   - trial: The trial's folder.
    ///   - range: The times that count, in ms since 1970.
    init(of trial: String, in range: ClosedRange<Int64>) async {
        let folder = trial + "/monitoring"
        // no folder means that no metrics were fetched
        let monitors = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard !monitors.isEmpty else {
            notes = ["the trial holds no metrics of its nodes"]
            return
        }
        for monitor in monitors.sorted() where !monitor.hasPrefix(".") {
            do {
                try await read("\(folder)/\(monitor)", in: range)
            } catch {
                notes.append("\(folder)/\(monitor): cannot be read: \(error)")
            }
        }
    }

    private static let names =
        Set(NodeMetric.all.map(\.series) + NodeMetric.starts.map(\.series) + ["up"]).sorted()

    /// All series that are shown; loopback and the modes of a processor that are not are left out.
    private static let selector =
        "{__name__=~\"\(names.joined(separator: "|"))\", "
        + "mode!~\"user|nice|system|irq|softirq|iowait\", device!=\"lo\"}"

    /// Reads one snapshot, line by line as `promtool` writes it: of many cores and hours it is hundreds of
    /// megabytes.
    ///
    /// `promtool` only reads; the evidence stays as it was.
    private mutating func read(_ snapshot: String, in range: ClosedRange<Int64>) async throws {
        let folder = try ScratchFolder("bench-metrics")
        try ScratchFolder.whileThere { try Self.link(snapshot, at: folder.path + "/data") }
        var process = LocalProcess(
            "promtool",
            [
                "tsdb", "dump", "--min-time=\(range.lowerBound)", "--max-time=\(range.upperBound)",
                "--match=\(Self.selector)", folder.path + "/data",
            ],
            timeLimit: .seconds(600),
            endsWithUs: true
        )
        process.outputLimit = SnapshotDump.longest
        let dump = Mutex(SnapshotDump(self))
        let outcome = try await process.run(
            onStart: { folder.note(process: $0) },
            onOutput: { bytes in dump.withLock { $0.take(bytes) } }
        )
        folder.note(process: 0)
        if let fault = dump.withLock({ $0.fault }) { throw fault }
        guard outcome.isSuccess else {
            throw LocalProcessError.failed(command: "promtool tsdb dump", outcome)
        }
        self = dump.withLock { $0.finish() }
    }

    /// Makes a folder that `promtool` takes for a database: it asks for a write-ahead log, which a
    /// snapshot has none of, and passes over blocks that are links, so that only their files are.
    ///
    /// - Throws: ``SnapshotDump/Fault`` for what is neither a file nor a folder: a pipe would be waited for.
    private static func link(_ snapshot: String, at folder: String) throws {
        let files = FileManager.default
        let source = URL(filePath: snapshot).standardizedFileURL.path
        func link(_ name: String, depth: Int) throws {
            let place = "\(source)/\(name)"
            var isFolder: ObjCBool = false
            // A block has one folder, of its chunks.
            guard depth < 3, files.fileExists(atPath: place, isDirectory: &isFolder),
                isFolder.boolValue
            else {
                do { close(try RegularFile.open(place)) } catch {
                    throw SnapshotDump.Fault.noFile(name, problem: "\(error)")
                }
                return try files.createSymbolicLink(
                    atPath: "\(folder)/\(name)",
                    withDestinationPath: place
                )
            }
            try files.createDirectory(
                atPath: "\(folder)/\(name)",
                withIntermediateDirectories: true
            )
            for inner in try files.contentsOfDirectory(atPath: place) {
                try link("\(name)/\(inner)", depth: depth + 1)
            }
        }
        try files.createDirectory(atPath: folder + "/wal", withIntermediateDirectories: true)
        for block in try files.contentsOfDirectory(atPath: source)
        where files.fileExists(atPath: "\(source)/\(block)/meta.json") {
            try link(block, depth: 0)
        }
    }

    /// Adds a line `{__name__="up", instance="server-0"} 1 1577836800000`.
    mutating func add(_ line: String) {
        guard let end = line.range(of: "} ", options: .backwards) else { return }
        let words = line[end.upperBound...].split(separator: " ")
        guard words.count == 2, let value = Double(words[0]), let time = Int64(words[1]),
            let series = Series(line[..<end.lowerBound])
        else { return }
        add(value, at: time, to: series)
    }

    /// Adds a sample of a series.
    mutating func add(_ value: Double, at time: Int64, to series: Series) {
        guard value.isFinite else { return }
        if samples[series.key] == nil { nodes.insert(series.key.node) }
        let old = samples[series.key]?[time] ?? (0, 0)
        if old.count == 0 { count += 1 }
        samples[series.key, default: [:]][time] = (old.sum + value, old.count + 1)
        if let group = series.group { groups[series.key.node] = group }
    }

    /// What the labels of a line say.
    struct Series: Sendable {
        let key: Key
        let group: String?

        /// Reads `{a="b", c="d"`; `nil` if it names no series or no node.
        init?(_ text: Substring) {
            let labels = Snapshot.labels(text)
            guard let series = labels["__name__"], let node = labels["instance"] else { return nil }
            // "up" is there for each exporter of a node
            let mode = series == "up" ? labels["job"] ?? "" : labels["mode"] ?? ""
            key = Key(series: series, mode: mode, node: node)
            group = labels["group"]
        }
    }

    /// Reads `{a="b", c="d`; values are quoted as in Go.
    private static func labels(_ text: Substring) -> [String: String] {
        var labels: [String: String] = [:]
        var rest = text.drop { $0 == "{" }
        while let equals = rest.firstIndex(of: "=") {
            let name = rest[..<equals].filter { $0 != " " && $0 != "," }
            var value = ""
            var index = rest.index(after: equals)
            guard index < rest.endIndex, rest[index] == "\"" else { break }
            index = rest.index(after: index)
            while index < rest.endIndex, rest[index] != "\"" {
                if rest[index] == "\\", rest.index(after: index) < rest.endIndex {
                    index = rest.index(after: index)
                }
                value.append(rest[index])
                index = rest.index(after: index)
            }
            labels[String(name)] = value
            rest = index < rest.endIndex ? rest[rest.index(after: index)...] : ""
        }
        return labels
    }

    /// The nodes that a metric is known of, in their order.
    ///
    /// Where a node has figures of its own, those that are its host's pass for none of its.
    func nodes(of metric: NodeMetric) -> [String] {
        samples.keys.filter { $0.series == metric.series && $0.mode == (metric.mode ?? "") }
            .map(\.node).filter { !metric.isOfHost || !hasFiguresOfItsOwn($0) }
            .sorted { $0.compare($1, options: .numeric) == .orderedAscending }
    }

    private func hasFiguresOfItsOwn(_ node: String) -> Bool {
        samples[Key(series: NodeMetric.ownProcessors, mode: "", node: node)] != nil
    }

    /// A metric of a node over time, one figure for each of `count` steps; `nil` where there is none.
    ///
    /// The first step begins at `start`, in ms since 1970; each takes `step` seconds, and its last
    /// sample counts.
    func figures(
        _ metric: NodeMetric,
        of node: String,
        start: Int64,
        step: Int,
        count: Int
    ) -> [Double?] {
        let key = Key(series: metric.series, mode: metric.mode ?? "", node: node)
        let width = Int64(step) * 1_000
        func place(_ time: Int64) -> Int {
            Int((Double(time - start) / Double(width)).rounded(.down))
        }
        var last: [Int: (time: Int64, sum: Double, count: Int)] = [:]
        for (time, sample) in samples[key] ?? [:] {
            let place = place(time)
            guard place >= -1, place < count, time > last[place]?.time ?? .min else { continue }
            last[place] = (time, sample.sum, sample.count)
        }
        var figures = [Double?](repeating: nil, count: count)
        for (time, figure) in metric.figures(last.values.sorted { $0.time < $1.time }) {
            let place = place(time)
            if place >= 0, place < count { figures[place] = figure }
        }
        return figures
    }
}
