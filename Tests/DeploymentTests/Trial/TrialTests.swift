import Foundation
import Testing

@testable import Deployment

@Suite("Trial")
struct TrialTests {
    private let record = TrialRecord(
        deployment: "demo",
        deploymentId: "0a1b2c3d",
        label: "mixed",
        started: Date(timeIntervalSince1970: 1_795_219_200),
        limits: ValidityLimits(),
        database: "redis",
        configs: [:],
        nodes: [:]
    )

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder =
            FileManager.default.temporaryDirectory.path + "/prov-trial-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }  // else the system's cleaning
        try body(folder)
    }

    @Test(
        "is a new directory, named by time and label, that says from the start that it is invalid"
    )
    func begins() throws {
        try withFolder { folder in
            let trial = try Trial(record, in: folder, redaction: Redaction(names: []))
            #expect(trial.directory == "\(folder)/demo/2026-11-21T00-00-00Z-mixed")
            let text = try String(contentsOfFile: trial.directory + "/trial.json", encoding: .utf8)
            #expect(text.contains(#""valid" : false"#))
            #expect(text.contains(#""it has not ended""#))
            let second = try Trial(record, in: folder, redaction: Redaction(names: []))
            #expect(second.directory == "\(trial.directory)-2")
        }
    }

    @Test("is private: its folders and files are their owner's alone")
    func isPrivate() throws {
        try withFolder { folder in
            let trial = try Trial(record, in: folder, redaction: Redaction(names: []))
            try trial.write("{}", to: "summary.json")
            func mode(_ path: String) throws -> Int? {
                let facts = try FileManager.default.attributesOfItem(atPath: path)
                return facts[.posixPermissions] as? Int
            }
            for directory in [folder, "\(folder)/demo", trial.directory] {
                #expect(try mode(directory) == 0o700)
            }
            for file in ["trial.json", "commands.jsonl", "summary.json"] {
                #expect(try mode("\(trial.directory)/\(file)") == 0o600)
            }
        }
    }

    @Test("keeps settings that all servers share once")
    func condensed() {
        let settings = [
            "server-0": ["hz": "10", "bind": "198.18.0.10"],
            "server-1": ["hz": "10", "bind": "198.18.0.11"],
        ]
        #expect(
            TrialRecord.condensed(settings) == [
                "all": ["hz": "10"], "server-0": ["bind": "198.18.0.10"],
                "server-1": ["bind": "198.18.0.11"],
            ]
        )
    }
}
