import Bench
import Digest
import Foundation
import JSON
import Shell
import TestSupport
import Testing

@testable import Reports

@Suite("Evidence that is damaged", .timeLimit(.minutes(5)))
struct DamagedEvidenceTests {
    /// A trial of ten seconds with one loader, of whose requests some failed.
    private func trial(
        _ folder: TemporaryFolder,
        failed: Int64 = 0,
        late: Int = 0,
        record: String = #""valid": true, "validity": "valid""#
    ) async throws -> String {
        var values: [(tag: String?, value: Int64, count: Int64)] = [("READ-rt", 1_000_000, 100)]
        if failed > 0 { values.append(("READ-error", 1_000_000, failed)) }
        let place = "t/stress/mixed/client-0"
        try folder.write(LogText(values: values).text, to: "\(place)/log.hdr")
        try folder.write(
            #"{"rate": 100, "due": 1000, "settled": 1000, "late": \#(late), "latest": 5}"#,
            to: "\(place)/result.json"
        )
        let limits = """
            {"error_share": {"invalid": 0.001}, "late_share": {"questionable": 0.01, "invalid": 0.1}}
            """
        try folder.write("{\(record), \"limits\": \(limits)}", to: "t/trial.json")
        try folder.write(
            #"{"node": "server-0", "command": "true", "duration_seconds": 1, "status": "0"}"#
                + "\n",
            to: "t/commands.jsonl"
        )
        let path = folder.path + "/t"
        let window = Window(from: .seconds(2), to: .seconds(8))
        try folder.write(
            await Summary(of: [path], in: window, invalidToo: true).json,
            to: "t/summary.json"
        )
        return path
    }

    private func verify(_ path: String) async throws -> [String] {
        let faults = try await Verification(of: path).faults
        let status = await Subcommand.run(["verify", path], among: [.verify])
        #expect(status == (faults.isEmpty ? 0 : 1))
        return faults
    }

    @Test("says in plain words how many numbers do not agree")
    func agreement() {
        #expect(
            [0, 1, 2].map(Verification.agreement)
                == ["all agree", "1 does not agree", "2 do not agree"]
        )
    }

    @Test("a whole trial agrees, also one that says itself that it is invalid")
    func whole() async throws {
        let folder = try TemporaryFolder()
        #expect(try await verify(trial(folder)) == [])
        let record = #""valid": false, "validity": "invalid""#
        #expect(try await verify(trial(folder, failed: 50, late: 900, record: record)) == [])
        let warned = #""valid": true, "validity": "questionable""#
        #expect(try await verify(trial(folder, late: 20, record: warned)) == [])
    }

    @Test(
        "each damaged file is a fault, and the page says INVALID",
        arguments: [
            ("stress/mixed/client-0/result.json", "{}", "says no due, no settled, no late"),
            ("stress/mixed/client-0/result.json", "{", "client-0/result.json:"),
            ("commands.jsonl", "{\"node\": \"ser", "commands.jsonl: 1 damaged line"),
            ("commands.jsonl", "{\"a\": 1}\nx\n", "commands.jsonl: 2 damaged lines"),
        ]
    )
    func files(name: String, text: String, expected: String) async throws {
        let folder = try TemporaryFolder()
        let path = try await trial(folder)
        try folder.write(text, to: "t/\(name)")
        let faults = try await verify(path)
        #expect(faults.count == 1 && faults[0].contains(expected), "\(faults)")
        try await expectDoubt(path, expected)
    }

    /// That the headline of a trial's page is INVALID, and this its first reason.
    private func expectDoubt(_ path: String, _ reason: String) async throws {
        let view = await TrialView(of: try await TrialFolder(at: path), at: "/tmp/report.html")
        let html = view.verdict
        #expect(html.contains("<p class=\"word\">INVALID</p>"), "\(html)")
        #expect(!html.contains("every due request"))
        let first = html.firstRange(of: "<li>").map { html[$0.upperBound...].prefix { $0 != "<" } }
        #expect(first?.contains(HTML.text(reason)) == true, "\(html)")
    }

    @Test("a trial.json that is none is a fault", arguments: ["{", "{}", "[]"])
    func record(text: String) async throws {
        let folder = try TemporaryFolder()
        let path = try await trial(folder)
        try folder.write(text, to: "t/trial.json")
        #expect(try await verify(path).count == 1)
    }

    @Test("a damaged interval is a fault, in the window and outside of it", arguments: [1, 4])
    func interval(second: Int) async throws {
        let folder = try TemporaryFolder()
        let path = try await trial(folder)
        let log = "t/stress/mixed/client-0/log.hdr"
        var lines = try folder.read(log).split(separator: "\n").map(String.init)
        let place = try #require(lines.firstIndex { $0.contains("READ-rt,\(second).000") })
        lines[place] = lines[place].replacing("HISTF", with: "HISTG")
        try folder.write(lines.joined(separator: "\n") + "\n", to: log)
        let faults = try await verify(path)
        #expect(faults.contains { $0.contains("log.hdr:\(place + 1): ") }, "\(faults)")
        try await expectDoubt(path, "log.hdr:\(place + 1): ")
    }

    @Test("a loader's log from another time of day is a fault, and no page sums it")
    func apart() async throws {
        let folder = try TemporaryFolder()
        let path = try await trial(folder)
        try folder.write(
            LogText(startTime: .seconds(1_795_224_086 + 3_600)).text,
            to: "t/stress/mixed/client-1/log.hdr"
        )
        let text =
            "client-1/log.hdr: its time, 2026-11-21T02:21:28.000Z to 2026-11-21T02:21:34.000Z, "
        #expect(try await verify(path).contains { $0.contains(text) })
        let view = try await TrialFolder(at: path)
        #expect(view.summary == nil)
        #expect(view.fault?.contains(text) == true)
    }

    @Test("nothing to verify is a failure")
    func nothing() async throws {
        let folder = try TemporaryFolder()
        let path = try await trial(folder)
        try folder.write("{\"tags\": {}}", to: "t/summary.json")
        #expect(try await verify(path).contains { $0.contains("there is nothing to verify") })
        try FileManager.default.removeItem(atPath: path + "/summary.json")
        #expect(
            try await verify(path) == [
                "t: keeps no numbers: summary.json is missing, so that there is nothing to verify"
            ]
        )
    }

    @Test("a verdict that logs and results do not allow is a fault")
    func verdicts() async throws {
        let folder = try TemporaryFolder()
        let failed = try await trial(folder, failed: 2)
        let text =
            "mixed: 20 of 1,000 requests failed by its logs (2.00 %, limit 0.10 %), which makes the "
            + "trial invalid, and trial.json says valid"
        #expect(try await verify(failed) == ["t: \(text)"])
        try await expectDoubt(failed, text)
        let late = try await trial(folder, late: 20)
        #expect(try await verify(late).first?.contains("makes the trial questionable") == true)
        let warned = #""valid": true, "validity": "questionable""#
        let later = try await trial(folder, late: 200, record: warned)
        #expect(try await verify(later).first?.contains("makes the trial invalid") == true)
    }

    @Test("a result that is not the one in trial.json is a fault, and so is one that is gone")
    func results() async throws {
        let folder = try TemporaryFolder()
        let kept = #"{"late": 0, "due": 1000, "latest": 5}"#
        let record =
            #""valid": true, "validity": "valid", "stresses": [{"name": "mixed", "results": "#
            + #"{"client-0": \#(kept)}}]"#
        #expect(try await verify(trial(folder, record: record)) == [])
        #expect(
            try await verify(trial(folder, late: 1, record: record)) == [
                "t: stress/mixed/client-0/result.json: is not the result that trial.json keeps"
            ]
        )
        let path = try await trial(folder, record: record)
        try FileManager.default.removeItem(atPath: path + "/stress/mixed/client-0/result.json")
        #expect(
            try await verify(path).first == "t: stress/mixed/client-0/result.json: is missing"
        )
    }

    @Test("what is no file is named, and the bundle not made", arguments: ["pipe", "link"])
    func bundle(kind: String) async throws {
        let folder = try TemporaryFolder()
        let path = try await trial(folder)
        let place = path + "/stress/x"
        if kind == "pipe" {
            try #require(mkfifo(place, 0o600) == 0)
        } else {
            try FileManager.default.createSymbolicLink(
                atPath: place,
                withDestinationPath: "../trial.json"
            )
        }
        let file = folder.path + "/t.tar"
        #expect(throws: EvidenceError.noFiles(path: path, names: ["stress/x (a \(kind))"])) {
            try Bundle.pack(path, to: file)
        }
        #expect(try folder.names() == ["t"])
        try FileManager.default.removeItem(atPath: place)
        _ = try Bundle.pack(path, to: file)
        let facts = try FileManager.default.attributesOfItem(atPath: file)
        #expect(facts[.posixPermissions] as? Int == 0o600)
    }

    @Test("a pipe in place of a bundle is refused at once, and bytes after its end are called that")
    func hostileBundles() async throws {
        let folder = try TemporaryFolder()
        let pipe = folder.path + "/pipe.tar"
        try #require(mkfifo(pipe, 0o600) == 0)
        #expect(await Subcommand.run(["verify", pipe], among: [.verify]) == 1)
        let file = folder.path + "/t.tar"
        _ = try Bundle.pack(try await trial(folder), to: file)
        let whole = try Data(contentsOf: URL(filePath: file))
        try (whole + Data([0])).write(to: URL(filePath: file))
        #expect(
            throws: EvidenceError.damaged(
                path: file,
                offset: whole.count,
                problem: "has bytes after its end"
            )
        ) {
            try Bundle.unpack(file, into: folder.path + "/unpacked")
        }
    }

    @Test("a record of an experiment leads to no trial but those beside it")
    func otherTrials() async throws {
        let folder = try await SyntheticFolder(pairs: 1, seconds: 3)
        let record = folder.experiment + "/experiment.json"
        let own = try String(contentsOfFile: record, encoding: .utf8).replacing("\\/", with: "/")
        try #require(
            try ExperimentView(at: folder.experiment).parts.allSatisfy { $0.folder != nil }
        )
        let up = URL(filePath: folder.path).lastPathComponent
        for other in ["\(folder.path)/trials", "../\(up)/trials", "./trials", "trials/../trials"] {
            let text = own.replacing("\"trials/", with: "\"\(other)/")
            try text.write(toFile: record, atomically: true, encoding: .utf8)
            #expect(try ExperimentView(at: folder.experiment).parts.allSatisfy { $0.folder == nil })
            #expect(
                try await Verification(of: folder.experiment).faults
                    .contains { $0.hasSuffix("its trial's folder is missing") }
            )
        }
        // Nor to those of the same names in the current directory.
        try own.write(toFile: record, atomically: true, encoding: .utf8)
        let moved = folder.path + "/moved"
        try FileManager.default.createDirectory(atPath: moved, withIntermediateDirectories: true)
        try FileManager.default.moveItem(
            atPath: folder.path + "/experiments",
            toPath: moved + "/experiments"
        )
        let place = folder.experiment.replacing(folder.path, with: moved)
        let outcome = try await bench("verify", place, in: folder.path)
        #expect(outcome.status == .exited(1))
        #expect(outcome.errorText.contains("its trial's folder is missing"))
    }

    /// Runs the built `bench` in a folder.
    private func bench(_ words: String..., in directory: String) async throws -> Outcome {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let bench = URL(filePath: own).deletingLastPathComponent().appending(path: "bench").path
        return try await LocalProcess(
            bench,
            words,
            directory: directory,
            timeLimit: .seconds(240)
        ).run()
    }

    // To look for each among all of them took minutes: longer than the limit of this suite.
    @Test("very many numbers that do not agree are a hundred lines and their count")
    func many() async throws {
        let folder = try TemporaryFolder()
        let path = try await trial(folder)
        let numbers = (0..<200_000).map { "\"t\($0)\": 1" }.joined(separator: ", ")
        try folder.write("{\"tags\": {\(numbers)}}", to: "t/summary.json")
        let outcome = try await bench("verify", path, in: folder.path)
        #expect(outcome.status == .exited(1))
        let lines = outcome.errorText.split(separator: "\n")
        #expect(lines.count == 101, "\(lines.last ?? "")")
        #expect(lines.last?.hasPrefix("bench verify: and 199,9") == true, "\(lines.last ?? "")")
        #expect(lines.last?.hasSuffix(" faults more") == true)
    }

    @Test(
        "a manifest that leads out of its bundle, or is larger than any, is refused",
        arguments: ["..", "../..", "", "trials/x", "trials/x/t", "/etc", "trials/x/t/../../../.."]
    )
    func hostileManifest(root: String) throws {
        let folder = try TemporaryFolder()
        let member = "trials/x/t/trial.json"
        let digest = SHA256.hexadecimal(of: Array("{}".utf8))
        let text = Array(
            #"{"root":"\#(root)","files":[{"path":"\#(member)","bytes":2,"sha256":"\#(digest)"}]}"#
                .utf8
        )
        let name = "MANIFEST-\(SHA256.hexadecimal(of: text)).json"
        func file(_ name: String, _ bytes: [UInt8]) throws -> [UInt8] {
            try TapeArchive.header(path: name, bytes: bytes.count) + bytes
                + TapeArchive.padding(bytes: bytes.count)
        }
        let path = folder.path + "/t.tar"
        let tape = try file(name, text) + file(member, Array("{}".utf8)) + TapeArchive.end
        try Data(tape).write(to: URL(filePath: path))
        let unpacked = folder.path + "/unpacked"
        // Of an experiment in "trials/x", what lies three folders above is not the bundle.
        if root == "trials/x/t" {
            #expect(try Bundle.unpack(path, into: unpacked).root == "\(unpacked)/trials/x/t")
            return
        }
        #expect(throws: EvidenceError.otherFiles(path: path, missing: [root], added: [])) {
            try Bundle.unpack(path, into: unpacked)
        }

        let large = folder.path + "/large.tar"
        try Data(try TapeArchive.header(path: name, bytes: 1 << 30))
            .write(to: URL(filePath: large))
        #expect(throws: EvidenceError.otherDigest(path: large, file: name)) {
            try Bundle.unpack(large, into: unpacked)
        }
    }

    @Test("a bundle that finds no room is said as a report would say it, and leaves nothing")
    func noRoom() async throws {
        let folder = try TemporaryFolder()
        let path = try await trial(folder)
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(filePath: own).deletingLastPathComponent()
            .appending(path: "bench").path
        let file = folder.path + "/t.tar"
        // so much and no more can be written to a file: what a full disk does, without one
        let outcome = try await LocalProcess(
            "/bin/bash",
            [
                "-c", #"trap '' XFSZ; ulimit -f 1; exec "$0" bundle "$1" -o "$2""#, program, path,
                file,
            ],
            timeLimit: .seconds(60)
        ).run()
        #expect(outcome.status == .exited(1))
        #expect(
            outcome.errorText
                == "bench bundle: \(file): cannot be written: file too large\n"
        )
        #expect(try folder.names() == ["t"])
    }
}
