import Foundation
import Statistics
import Testing

@testable import Experiment

@Suite("A search for a capacity")
struct CapacityRecordTests {
    private static let question = CapacityRecord.Question(
        limit: 10_000_000,
        percentile: "p99",
        from: 1_000,
        to: 50_000,
        seconds: 20,
        withinPercent: 5,
        repeats: 5
    )

    /// A made-up cluster, which answers a rate's n-th trial the same each time it is asked.
    private struct Cluster {
        /// Where the latency is at the limit.
        let capacity: Double
        /// How much trials of one rate differ, as a ratio.
        let noise: Double
        /// From here on the servers fall behind.
        let behind: Double
        /// From here on the clients cannot play.
        let clients: Double

        func entry(at rate: Double, trial: Int) -> CapacityRecord.Entry {
            var entry = CapacityRecord.Entry(rate: rate, trial: "trials/x/\(Int(rate))-\(trial)")
            if rate > clients {
                entry.outcome = .clientsBehind
            } else if rate > behind {
                entry.outcome = .behind
            } else {
                var generator = SeededGenerator(seed: UInt64(rate) &* 1_000 &+ UInt64(trial))
                let spread = Double.random(in: -noise...noise, using: &generator)
                entry.outcome = .latency
                entry.latency = 10_000_000 * (rate / capacity) * (1 + spread)
            }
            return entry
        }

        /// The next trial of a record; `nil` if the search is over.
        func next(_ record: CapacityRecord) -> CapacityRecord.Entry? {
            record.next.map { rate in
                let earlier = record.entries.count { $0.rate == rate && $0.outcome != .nothing }
                return entry(at: rate, trial: earlier)
            }
        }
    }

    private static let clusters =
        [3_000.0, 9_500, 42_000, 80_000, 500].flatMap { capacity in
            [0.0, 0.1, 0.6].flatMap { noise in
                [
                    Cluster(capacity: capacity, noise: noise, behind: 1e9, clients: 1e9),
                    Cluster(capacity: capacity, noise: noise, behind: 20_000, clients: 1e9),
                    Cluster(capacity: capacity, noise: noise, behind: 1e9, clients: 12_000),
                ]
            }
        } + [Cluster(capacity: 3_000, noise: 0, behind: 1e9, clients: 10)]

    private static func made() -> CapacityRecord {
        CapacityRecord(question: question, deployment: "0a1b2c3d", conditions: [:])
    }

    @Test("a record that is larger than any is not read")
    func large() throws {
        try Self.withFolder { folder in
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true
            )
            let path = folder + "/record.json"
            let space = Data(repeating: UInt8(ascii: " "), count: 65 << 20)
            func lengthen() throws {
                let file = try FileHandle(forWritingTo: URL(filePath: path))
                try file.seekToEnd()
                try file.write(contentsOf: space)
                try file.close()
            }
            try Self.made().write(to: path)
            _ = try CapacityRecord(at: path)
            try lengthen()
            #expect(throws: CapacityRecordError(path: path)) { try CapacityRecord(at: path) }
            try ExperimentRecord(file: "", deployment: "d").write(to: path)
            _ = try ExperimentRecord(at: path)
            try lengthen()
            #expect(throws: ExperimentRecordError(path: path)) { try ExperimentRecord(at: path) }
        }
    }

    private static func answers(_ record: CapacityRecord) -> [String] {
        [record.answer, record.table, record.csv, "\(record.exitStatus)"]
    }

    @Test(
        "that was killed in the midst of any of its trials ends with the same answer as one that was not",
        arguments: clusters.indices
    )
    func resumed(index: Int) throws {
        let cluster = Self.clusters[index]
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
        let file = folder.appending(path: "capacity.json").path
        var whole = Self.made()
        while let entry = cluster.next(whole) { whole.entries.append(entry) }
        #expect(whole.entries.count > 0)
        for cut in 0..<whole.entries.count {
            var record = Self.made()
            record.entries = Array(whole.entries.prefix(cut))
            // What is on disk while a trial runs.
            var running = CapacityRecord.Entry(rate: whole.entries[cut].rate)
            running.reasons = ["it was cut short"]
            record.underWay = running
            try record.write(to: file)
            var resumed = try CapacityRecord(at: file)
            #expect(resumed == record)
            let wasCut = resumed.closeUnderWay()
            #expect(wasCut)
            while let entry = cluster.next(resumed) { resumed.entries.append(entry) }
            #expect(resumed.entries.filter { $0.outcome != .nothing } == whole.entries)
            #expect(resumed.entries.count == whole.entries.count + 1)
            #expect(Self.answers(resumed) == Self.answers(whole), "\(cluster) \(cut)")
        }
    }

    @Test("says how it ended, by exit status too")
    func ends() {
        func ended(_ cluster: Cluster) -> (answer: String, status: Int32) {
            var record = Self.made()
            while let entry = cluster.next(record) { record.entries.append(entry) }
            return (record.answer, record.exitStatus)
        }
        let found = ended(Cluster(capacity: 9_500, noise: 0, behind: 1e9, clients: 1e9))
        #expect(found.status == 0)
        #expect(found.answer.hasPrefix("p99 stays below 10ms up to about 9"))
        let high = ended(Cluster(capacity: 80_000, noise: 0, behind: 1e9, clients: 1e9))
        #expect(high.status == 4)
        #expect(
            high.answer
                == "p99 reaches 10ms nowhere between 1000 and 50000/s; for certain from 50000/s to "
                + "above 50000/s (90 % interval)"
        )
        let none = ended(Cluster(capacity: 9_500, noise: 0, behind: 1e9, clients: 10))
        #expect(none.status == 1)
        #expect(none.answer == "the clients cannot play even the lowest rate: take more of them")
    }

    private static func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
        try body(folder.path)
    }

    @Test(
        "keeps every trial, also one that was cut short, and goes on under the same conditions only"
    )
    func folder() throws {
        try Self.withFolder { parent in
            let conditions = ["server-0 kernel": "6.1"]
            var folder = try CapacityFolder(
                Self.question,
                deployment: ("demo", "0a1b2c3d"),
                conditions: conditions,
                now: Date(timeIntervalSince1970: 1_000_000),
                in: parent
            )
            #expect(folder.path == "\(parent)/demo/1970-01-12T13-46-40Z")
            var entry = CapacityRecord.Entry(rate: 1_000, trial: "trials/demo/one")
            try folder.note(underWay: entry)
            entry.outcome = .latency
            entry.latency = 2_000_000
            try folder.add(entry)
            try folder.note(underWay: CapacityRecord.Entry(rate: 1_000, trial: "trials/demo/two"))
            let csv = try String(contentsOfFile: folder.path + "/curve.csv", encoding: .utf8)
            #expect(csv == "rate,p99_ns,trial\n1000.0,2000000,trials/demo/one\n")

            func resume(
                _ question: CapacityRecord.Question = Self.question,
                deployment: String = "0a1b2c3d",
                conditions: [String: String] = conditions
            ) throws -> CapacityFolder {
                try CapacityFolder(
                    resuming: folder.path,
                    question,
                    deployment: deployment,
                    conditions: conditions
                )
            }
            func problem(_ resume: () throws -> CapacityFolder) -> String {
                let error = #expect(throws: ExperimentResumeError.self) { _ = try resume() }
                return error?.description ?? ""
            }
            var other = Self.question
            (other.limit, other.to) = (5_500_000, 60_000)
            #expect(
                problem { try resume(other) }
                    == "\(folder.path): was begun with another question; ask as then, or begin anew "
                    + "without --resume\n  --below is 5.5ms, and was 10ms\n  --to is 60000, and was 50000"
            )
            #expect(
                problem { try resume(deployment: "ffffffff") }
                    == "\(folder.path): was begun on other machines; begin anew without --resume"
            )
            #expect(
                problem { try resume(conditions: ["server-0 kernel": "6.2"]) }
                    .hasSuffix("\n  server-0 kernel is \"6.2\", and was \"6.1\"")
            )
            let resumed = try resume().record
            #expect(resumed.entries.map(\.trial) == ["trials/demo/one", "trials/demo/two"])
            #expect(
                resumed.entries[1].reasons
                    == ["it was cut short: the search ended in the midst of it"]
            )
            #expect(resumed.underWay == nil)
            #expect(resumed.next == 1_000)
        }
    }

    @Test("is read from nothing but a whole record of sound figures")
    func unsound() throws {
        try Self.withFolder { parent in
            try FileManager.default.createDirectory(
                atPath: parent,
                withIntermediateDirectories: true
            )
            let file = parent + "/capacity.json"
            var record = Self.made()
            record.entries = [CapacityRecord.Entry(rate: 1_000)]
            record.entries[0].outcome = .behind
            func isRead(_ spoil: (inout CapacityRecord) -> Void = { _ in }) throws -> Bool {
                var spoilt = record
                spoil(&spoilt)
                try spoilt.write(to: file)
                return (try? CapacityRecord(at: file)) != nil
            }
            #expect(try isRead())
            #expect(try !isRead { $0.entries[0].rate = 0 })
            #expect(try !isRead { $0.entries[0].outcome = .latency })
            #expect(try !isRead { $0.entries[0].latency = 1 })
            #expect(try !isRead { $0.entries[0].reasons = ["x"] })
            #expect(try !isRead { $0.question.percentile = "p42" })
            #expect(try !isRead { $0.question.to = 1 })
            #expect(try !isRead { $0.question.repeats = 1 })
            // what no whole number holds, and its answer is in whole numbers
            #expect(try !isRead { $0.question.to = 1e300 })
            #expect(try !isRead { $0.question.limit = 1e-300 })
            #expect(try !isRead { $0.entries[0].rate = 1e20 })
            #expect(
                try !isRead {
                    $0.entries[0].outcome = .latency
                    $0.entries[0].latency = 1e300
                }
            )
            try Data("{}".utf8).write(to: URL(filePath: file))
            #expect(throws: CapacityRecordError.self) { try CapacityRecord(at: file) }
        }
    }
}
