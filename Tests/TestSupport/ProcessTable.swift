package import Foundation

/// The processes of this machine at one moment, as `/proc` shows them.
package struct ProcessTable: Sendable {
    private let parents: [pid_t: pid_t]

    /// Reads the table.
    package static func current() -> ProcessTable {
        var parents: [pid_t: pid_t] = [:]
        // Processes that end meanwhile are left out.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let process = pid_t(name),
                let text = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8),
                let end = text.lastIndex(of: ")")
            else { continue }
            let fields = text[end...].split(separator: " ")
            guard fields.count > 2, fields[1] != "Z" else { continue }
            parents[process] = pid_t(fields[2])
        }
        return ProcessTable(parents: parents)
    }

    /// All children, grandchildren and so on of a process.
    package func descendants(of process: pid_t) -> Set<pid_t> {
        var found: Set<pid_t> = [process]
        var count = 0
        while found.count > count {
            count = found.count
            for (child, parent) in parents where found.contains(parent) { found.insert(child) }
        }
        found.remove(process)
        return found
    }

    /// The processes whose command line contains `text`.
    package func processes(with text: String) -> [pid_t] {
        parents.keys.filter { commandLine(of: $0).contains(text) }.sorted()
    }

    /// The words of a process's command line with spaces between; empty if it has ended.
    package func commandLine(of process: pid_t) -> String {
        // Not UTF-8, or ended: shown as far as it goes, or empty.
        let data = (try? Data(contentsOf: URL(filePath: "/proc/\(process)/cmdline"))) ?? Data()
        return String(decoding: data, as: UTF8.self).replacing("\0", with: " ")
    }
}
