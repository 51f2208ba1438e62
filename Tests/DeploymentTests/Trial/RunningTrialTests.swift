import DeploymentState
import Foundation
import Glibc
import Testing

@testable import Deployment

@Suite("The record of a trial that runs")
struct RunningTrialTests {
    /// A trial with all that its file can hold.
    private static func whole() -> RunningTrial {
        var running = RunningTrial(nodes: ["server-0": "198.18.0.11"])
        var stress = RunningStress(
            run: "0a1b2c3d",
            start: 1_000_000,
            stress: Evidence.stress,
            program: "bench load",
            faults: []
        )
        if let node = try? Node.made("server-0") {
            let plan = FaultPlan(fault: .pause(node), start: .seconds(1), length: .seconds(2))
            var fault = InjectedFault(plan)
            fault.began = 1_000_001
            stress.faults = [ArmedFault(name: "0a1b2c3d-0", fault: fault)]
        }
        running.stresses = [stress]
        running.restored = TrialNotes.Restored(
            name: "base",
            content: DatasetContent(keyCount: 10, valueBytes: 1)
        )
        running.prepared = [Data("[7]".utf8)]
        return running
    }

    private static func inFolder(_ body: (String, _ file: String) throws -> Void) throws {
        let folder = try Files.makeTemporaryDirectory("prov-running")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        try body(folder, folder + "/running.json")
    }

    private static func problem(in folder: String) -> String? {
        do throws(AttachError) {
            _ = try RunningTrial.read(in: folder)
            return nil
        } catch { return "\(error)" }
    }

    @Test("is read as it was written, and missing after the trial's end")
    func read() throws {
        try Self.inFolder { folder, file in
            #expect(try RunningTrial.read(in: folder) == nil)
            try Files.write(try Self.whole().text, to: file)
            #expect(try RunningTrial.read(in: folder) == Self.whole())
        }
    }

    @Test(
        "that was edited is refused, with the key and the value",
        arguments: [
            (#""start" : 1000000"#, #""start" : 1e300"#, #""stresses.0.start" is "1e+300""#),
            (#""start" : 1000000"#, #""start" : -1"#, #""stresses.0.start" is "-1.0""#),
            (#""run" : "0a1b2c3d""#, #""run" : "../../etc""#, #""stresses.0.run" is "../../etc""#),
            (#""name" : "mixed""#, #""name" : "..""#, #""stresses.0.stress.name" is "..""#),
            (
                #""name" : "0a1b2c3d-0""#, #""name" : "a b""#,
                #""stresses.0.faults.0.name" is "a b""#
            ),
            (
                #""node" : "server-0""#, #""node" : "server-1""#,
                #""stresses.0.faults.0.fault.node" is "server-1""#
            ),
            (
                #""atSeconds" : 1"#, #""atSeconds" : 1e200"#,
                #""stresses.0.faults.0.fault.atSeconds" is "1e+200""#
            ),
            (
                #""began" : 1000001"#, #""began" : 1e99"#,
                #""stresses.0.faults.0.fault.began" is "1e+99""#
            ),
            (#""name" : "base""#, #""name" : "/etc""#, #""restored.name" is "/etc""#),
            (
                #""keyCount" : 10,"#, #""keyCount" : -5,"#,
                #""restored.content.keyCount" is "-5.0""#
            ),
            (#""prepared" : ["#, #""prepared" : ["AAAA","#, #""prepared.0" is "#),
            (#""start" : 1000000"#, #""start" : "x""#, #""stresses.0.start" is missing or of "#),
            (#""run" : "0a1b2c3d","#, "", #""stresses.0.run" is missing or of another kind"#),
        ]
    )
    func altered(old: String, new: String, problem: String) throws {
        try Self.inFolder { folder, file in
            let text = try Self.whole().text
            try #require(text.contains(old), "\(text)")
            try Files.write(text.replacing(old, with: new), to: file)
            let found = try #require(Self.problem(in: folder))
            #expect(found.hasPrefix("\(file): \(problem)"), "\(found)")
            #expect(found.hasSuffix(": the record was altered"))
        }
    }

    @Test("that is a link, a pipe, too large or no JSON is told by its name")
    func unreadable() throws {
        try Self.inFolder { folder, file in
            try Files.write("{", to: file)
            #expect(
                Self.problem(in: folder)
                    == "\(file): is no JSON of a trial: the record was altered"
            )
            try Files.write([UInt8](repeating: 32, count: 5 << 20), to: file)
            #expect(Self.problem(in: folder) == "\(file): cannot be read: larger than 4 MiB")
            try Files.remove(file)
            try FileManager.default.createSymbolicLink(
                atPath: file,
                withDestinationPath: "/etc/passwd"
            )
            #expect(Self.problem(in: folder)?.hasPrefix("\(file): cannot be read: a link") == true)
            try Files.remove(file)
            try #require(mkfifo(file, 0o600) == 0)
            #expect(
                Self.problem(in: folder) == "\(file): cannot be read: no regular file (remove it)"
            )
        }
    }
}
