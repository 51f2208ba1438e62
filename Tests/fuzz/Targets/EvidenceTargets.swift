import DeploymentState
import Digest

@testable import Experiment
@testable import Prov
@testable import Reports

/// Readers of what others hand on: records of experiments, and bundles.
let evidenceTargets = [
    Target(
        name: "experiment-record",
        seeds: [],
        dictionary: jsonWords + [
            "\"entries\"", "\"underWay\"", "\"values\"", "\"reasons\"", "\"pair\"", "\"side\"",
            "\"a\"", "\"b\"",
            "\"isRehearsal\"", "\"file\"", "\"conditions\"", "1e308", "5e-324",
            "9223372036854775807",
        ],
        places: ["experiment.json"],
        read: { bytes, scratch in
            let record = try ExperimentRecord(at: try scratch.file("experiment.json", bytes))
            if let file = try? ExperimentFile.parse(Array(record.file.utf8), file: "x.yml") {
                // What a page and the script say of it.
                let judgement = Judgement(of: record, by: ExperimentRules(file))
                _ = judgement.description
                _ = record.entries.map { $0.line(in: file) }
            }
            let copy = "\(scratch.folder)/copy.json"
            do {
                try record.write(to: copy)
                var again = try ExperimentRecord(at: copy)
                again.begun = record.begun
                return again == record ? .accepted : .violated("written and read it is another")
            } catch {
                return .violated("what was read cannot be written and read: \(error)")
            }
        }
    ),
    Target(
        name: "capacity-record",
        seeds: [],
        dictionary: jsonWords + [
            "\"question\"", "\"limit\"", "\"percentile\"", "\"p99.9\"", "\"from\"", "\"to\"",
            "\"withinPercent\"", "\"repeats\"", "\"rate\"", "\"outcome\"", "\"latency\"",
            "\"behind\"",
            "\"clients behind\"", "\"nothing\"", "\"underWay\"", "1e308", "1e18", "5e-324", "-1",
        ],
        places: ["capacity.json"],
        read: { bytes, scratch in
            let record = try CapacityRecord(at: try scratch.file("capacity.json", bytes))
            // What the script and a page say of it.
            _ = (record.next, record.exitStatus, record.answer, record.table, record.csv)
            _ = try CapacityPage.page(of: scratch.folder, at: "\(scratch.folder)/page.html")
            let copy = "\(scratch.folder)/copy.json"
            do {
                try record.write(to: copy)
                return try CapacityRecord(at: copy) == record
                    ? .accepted : .violated("written and read it is another")
            } catch {
                return .violated("what was read cannot be written and read: \(error)")
            }
        }
    ),
    Target(
        name: "bundle",
        seeds: [],
        dictionary: [
            "ustar\u{0}00", "0000600\u{0}", "77777777777\u{0}", "00000000000\u{0}", "../", "/",
            "MANIFEST-", ".json",
            String(repeating: "\u{0}", count: 512),
        ],
        places: ["x.tar"],
        read: { bytes, scratch in try unpack(bytes, scratch) }
    ),
    Target(
        name: "manifest",
        seeds: [],
        dictionary: jsonWords + [
            "\"format\"", "\"root\"", "\"files\"", "\"path\"", "\"bytes\"", "\"sha256\"", "\"..\"",
            "\"trials/x/t\"",
        ],
        places: ["x.tar"],
        read: { bytes, scratch in
            // With its digest right, so that its text is what is read.
            let name = "MANIFEST-\(SHA256.hexadecimal(of: bytes)).json"
            let file = "trials/x/t/trial.json"
            let text = Array("{}".utf8)
            let tape =
                try TapeArchive.header(path: name, bytes: bytes.count) + bytes
                + TapeArchive.padding(bytes: bytes.count)
                + TapeArchive.header(path: file, bytes: text.count) + text
                + TapeArchive.padding(bytes: text.count) + TapeArchive.end
            return try unpack(tape, scratch)
        }
    ),
    Target(
        name: "host",
        seeds: [],
        dictionary: [
            "\t", "\n", "-", "0123abcd", "server-0 client-0", "2026-11-20T23:59:59Z",
            "999999-01-01T00:00:00Z", "never",
            "9223372036854775808", "/root/demo",
        ],
        places: ["\"deployments\""],
        read: { bytes, _ in
            for found in try HostDeployment.read(String(decoding: bytes, as: UTF8.self)) {
                _ = (found.isExpired(), found.key, found.expiry?.remaining(), found.created?.age())
            }
            return .accepted
        }
    ),
]

/// Unpacks a bundle, and looks that it names a folder of its own.
private func unpack(_ tape: [UInt8], _ scratch: Scratch) throws -> Verdict {
    let folder = scratch.folder + "/unpacked"
    defer { try? Files.remove(folder) }  // it lies among temporary files
    try Files.makeDirectory(folder)
    let root = try Bundle.unpack(try scratch.file("x.tar", tape), into: folder).root
    let parts = root.split(separator: "/", omittingEmptySubsequences: false)
    return root.hasPrefix(folder + "/") && !parts.contains("..")
        ? .accepted : .violated("it leads to \(root)")
}
