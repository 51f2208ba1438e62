import DeploymentState
import FoundationEssentials

/// The results of one or several runs, in a file of lines, and the page that is made of them.
struct Page {
    /// Lines as ``Moment/line`` has them, and a line `#` for each run.
    let results: String
    /// The page to write.
    let page: String

    /// Begins a run.
    func begin(_ description: String, isFresh: Bool) throws {
        let old = isFresh || !Files.exists(results) ? "" : try Files.read(results)
        try Files.write(old + "# \(description)\n", to: results)
    }

    /// Adds a moment and writes the page anew, so that a soak that is broken off has one too.
    func add(_ moment: Moment) throws {
        try Files.write(try Files.read(results) + moment.line + "\n", to: results, durably: false)
        try write()
    }

    /// Writes the page.
    func write() throws { try Files.write(try text(), to: page, mode: 0o644, durably: false) }

    private static let mended = Bed.repository + "/Tests/soak/MENDED.md"
    private static let words = ["went on", "undone", "nothing to do", "FAILED"]

    private func text() throws -> String {
        let lines = try Files.read(results).split(separator: "\n")
        let runs = lines.filter { $0.hasPrefix("#") }.map { $0.dropFirst(2) }
        let moments = lines.filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
            .filter { $0.count == 6 }
        var rows: [[String]: [String: Int]] = [:]
        for moment in moments {
            rows[Array(moment[0...2]), default: [:]][moment[4], default: 0] += 1
        }
        let table = rows.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, counts in
            let figures = Self.words.map { counts[$0].map { "\($0)" } ?? "" }
            return "| " + (key + figures).joined(separator: " | ") + " |"
        }
        let failures = moments.filter { $0[4] == "FAILED" }.map {
            "- \($0[0]), \($0[1]), \($0[2]) after \($0[3]) s: \($0[5])"
        }
        let all = moments.enumerated().map { index, moment in
            "| \(index + 1) | " + moment[0...4].joined(separator: " | ") + " |"
        }
        let hasScripts = moments.contains { $0[2] == Blow.machineScript.rawValue }
        let victims =
            "`prov`, terraform, "
            + (hasScripts ? "both, or the scripts that make machines" : "or both")
        func count(_ isMeant: (String) -> Bool) -> Int { moments.count { isMeant($0[2]) } }
        // What was done about it, by whoever looked.
        let mended = Files.exists(Self.mended) ? "\n\n" + (try Files.read(Self.mended)) : ""
        let failed = failures.isEmpty ? "None." : failures.joined(separator: "\n") + mended
        return """
            # What was tried, and what came of it

            `make soak` wrote this page; nothing in it is written by hand. It makes machines, changes and ends them,
            and at a random moment of a run kills \(victims) (`kill -9`),
            fills the disk with the state directory and the temporary files, or calls with several callers at once. Then
            the same command runs again and all machines must be there and answer, or `deprovision` runs and nothing may
            be left: no machine, process, network, file, nor, in the account, any resource. Users' scripts, `setup` and
            `restore-and-run`, are killed too, and run again: the cluster must be whole, and the trial kept and whole;
            only that this host was busy may make it invalid.

            `prov/local` makes real systemd machines. `prov/ec2-ondemand` runs with the real AWS provider against an
            emulator of EC2 (moto), so nothing here says how AWS itself behaves.

            \(moments.count) moments, \(failures.count) failed, in \(runs.count == 1 ? "one run" : "\(runs.count) runs"):
            \(count { $0.hasPrefix("kill") }) kills, \(count { $0.hasPrefix("disk") }) full disks, and \
            \(count { $0.contains("callers") }) times several callers.

            \(runs.map { "- \($0)" }.joined(separator: "\n"))

            | where | command | what happened | \(Self.words.joined(separator: " | ")) |
            | --- | --- | --- | --- | --- | --- | --- |
            \(table.joined(separator: "\n"))

            *Went on*: the command was run again and did all. *Undone*: `deprovision` left nothing. *Nothing to do*: nothing
            had been made yet, or all had ended.

            ## What failed

            \(failed)

            ## Every moment

            | | where | command | what happened | after s | outcome |
            | --- | --- | --- | --- | --- | --- |
            \(all.joined(separator: "\n"))

            """
    }
}
