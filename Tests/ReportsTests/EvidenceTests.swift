import Bench
import Digest
import Foundation
import JSON
import Testing

@testable import Reports

@Suite("Evidence", .timeLimit(.minutes(5)))
struct EvidenceTests {
    @Test("a bundle of an experiment holds its trials, and every number follows from its logs")
    func experiment() async throws {
        let folder = try await SyntheticFolder(pairs: 5, seconds: 4)
        let file = folder.path + "/bundle.tar"
        #expect(try Bundle.pack(folder.experiment, to: file) > 50)
        let target = folder.path + "/unpacked"
        let (root, _) = try Bundle.unpack(file, into: target)
        let verification = try await Verification(of: root)
        #expect(verification.faults == [])
        // ten trials of four tags with ten figures each, and two metrics of each trial
        #expect(verification.numbers >= 10 * 4 * 10 + 20)
        #expect(verification.lines.last?.hasPrefix("always against every-second, 5 pairs") == true)
        #expect(await Subcommand.run(["verify", file], among: [.verify]) == 0)
        #expect(await Subcommand.run(["bundle", folder.experiment], among: [.bundle]) == 2)
        let again = folder.path + "/again.tar"
        _ = try Bundle.pack(folder.experiment, to: again)
        #expect(FileManager.default.contentsEqual(atPath: file, andPath: again))
    }

    @Test("a bundle with one byte changed, anywhere, is an error")
    func changed() async throws {
        let folder = try await SyntheticFolder(pairs: 1, seconds: 3)
        let file = folder.path + "/bundle.tar"
        _ = try Bundle.pack(try folder.trials[0], to: file)
        let whole = try Data(contentsOf: URL(filePath: file))
        let copy = folder.path + "/changed.tar"
        // heads of files, names, sizes, contents, the space behind them, and the end
        let places =
            Array(stride(from: 0, to: 1_024, by: 37))
            + Array(stride(from: 1_100, to: whole.count, by: whole.count / 60))
            + [whole.count - 1, whole.count - 600]
        for place in places {
            var bytes = whole
            bytes[place] ^= 1
            try bytes.write(to: URL(filePath: copy))
            #expect(throws: EvidenceError.self, "byte \(place)") {
                try Bundle.unpack(copy, into: folder.path + "/unpacked-\(place)")
            }
        }
        for length in [0, 100, 512, whole.count - 512, whole.count - 1] {
            try whole.prefix(length).write(to: URL(filePath: copy))
            #expect(throws: EvidenceError.self, "\(length) bytes") {
                try Bundle.unpack(copy, into: folder.path + "/cut-\(length)")
            }
        }
        try (whole + Data("more".utf8)).write(to: URL(filePath: copy))
        #expect(throws: EvidenceError.self) {
            try Bundle.unpack(copy, into: folder.path + "/longer")
        }
        #expect(await Subcommand.run(["verify", copy], among: [.verify]) == 1)
    }

    @Test("numbers that do not follow from the logs are named, kept and computed")
    func tampered() async throws {
        let folder = try await SyntheticFolder(pairs: 1, seconds: 4)
        let trial = try folder.trials[0]
        let kept = try JSON(file: trial + "/summary.json")
        let real = try #require(kept["tags"]?["READ-rt"]?["p99_ns"]?.wholeNumber)
        try SyntheticFolder.edit(trial + "/summary.json", "\(real)", "\(real - 1)")
        let verification = try await Verification(of: trial)
        let name = URL(filePath: trial).lastPathComponent
        #expect(
            verification.faults.contains(
                "\(name) READ-rt p99_ns: kept \(real - 1), the logs say \(real)"
            )
        )
        #expect(await Subcommand.run(["verify", trial], among: [.verify]) == 1)
        #expect(await Subcommand.run(["verify", "/nonexistent"], among: [.verify]) == 1)
    }

    @Test("names that lead out of a bundle, and names that are too long, are refused")
    func names() throws {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "reports-tests-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }  // else the system's cleaning
        for name in ["../evil", "/etc/evil", "a/../../evil", "a//b", "./a"] {
            let header = try TapeArchive.header(path: name, bytes: 0)
            try Data(header + TapeArchive.end).write(to: URL(filePath: file))
            #expect(throws: EvidenceError.self, "\(name)") {
                try TapeArchive.read(file) { _, _ in { _ in } }
            }
        }
        let long = String(repeating: "x", count: 101)
        #expect(throws: EvidenceError.self) { try TapeArchive.header(path: long, bytes: 0) }
        #expect(throws: Never.self) {
            try TapeArchive.header(path: "a/\(long.dropLast())", bytes: 0)
        }
    }

    @Test("SHA-256 is the same in one piece and in many")
    func digest() {
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var digest = SHA256()
        for start in stride(from: 0, to: bytes.count, by: 33) {
            digest.add(bytes[start..<min(start + 33, bytes.count)])
        }
        #expect(SHA256.hexadecimal(digest.finish()) == SHA256.hexadecimal(of: bytes))
    }

    @Test("a list has a line for each trial and experiment, with variant, p99 and validity")
    func list() async throws {
        let folder = try await SyntheticFolder(pairs: 5, seconds: 3)
        try FileManager.default.createDirectory(
            atPath: folder.path + "/trials/made/broken",
            withIntermediateDirectories: true
        )
        try Data("{".utf8).write(to: URL(filePath: folder.path + "/trials/made/broken/trial.json"))
        let listing = Listing(of: [folder.path + "/trials", folder.path + "/experiments/"])
        #expect(listing.items.count == 11)
        #expect(listing.notes.count == 1)
        let experiment = try #require(listing.items.first { $0.label == "experiment" })
        #expect(experiment.validity.hasPrefix("WRITE-rt p50 "))
        let trial = try #require(listing.items.first { $0.label == "always-1" })
        #expect(trial.variant == "pair 1, always")
        #expect(trial.validity == "questionable")
        #expect(trial.rate == "2,000.0")
        #expect(trial.p99.hasPrefix("READ 0.") && trial.p99.contains(", WRITE "))
        #expect(listing.items.map(\.began) == listing.items.map(\.began).sorted())
        #expect(listing.items.allSatisfy { $0.evidence == nil && $0.cells.count == 6 })
    }

    @Test("a checked list says of each trial and experiment whether its evidence is whole")
    func checkedList() async throws {
        let folder = try await SyntheticFolder(pairs: 1, seconds: 3)
        let places = [folder.path + "/trials", folder.path + "/experiments"]
        func list(_ words: String...) async -> Int32 {
            await Subcommand.run(["list"] + places + words, among: [.list])
        }
        var listing = Listing(of: places)
        await listing.check()
        #expect(listing.items.map(\.evidence) == ["whole", "whole", "whole"])
        #expect(listing.notes == [])
        #expect(await list("--check") == 0)

        let trial = try folder.trials[0]
        let kept = try JSON(file: trial + "/summary.json")
        let real = try #require(kept["tags"]?["READ-rt"]?["p99_ns"]?.wholeNumber)
        try SyntheticFolder.edit(trial + "/summary.json", "\(real)", "\(real - 1)")
        listing = Listing(of: places)
        await listing.check()
        let evidence = Dictionary(
            uniqueKeysWithValues: listing.items.map { ($0.path, $0.evidence ?? "") }
        )
        #expect(evidence[trial] == "1 fault")
        #expect(evidence[try folder.trials[1]] == "whole")
        #expect(evidence[folder.experiment] == "1 fault")
        // once, at the trial, though the experiment is no longer whole either
        #expect(
            listing.notes == ["\(trial): READ-rt p99_ns: kept \(real - 1), the logs say \(real)"]
        )
        let object = try #require(listing.items.first { $0.path == trial }).json
        #expect(object["evidence"] == .string("1 fault"))
        #expect(await list("--check") == 1)
        #expect(await list() == 0)
    }
}
