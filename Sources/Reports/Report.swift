public import Bench
private import Foundation
internal import Experiment
internal import JSON
private import Posix
internal import Usage

/// A trial or an experiment as one page that a browser shows without a network.
public enum Report {
    /// The page's name in the folder that it is of.
    static let fileName = "report.html"

    /// Writes the page of a trial or of an experiment, whole or not at all.
    ///
    /// - Parameters:
    ///   - path: The folder of the trial or experiment.
    ///   - file: The page; `nil` for `report.html` in that folder.
    /// - Returns: The page's path.
    /// - Throws: ``ReportError``, and what reading the evidence throws.
    @concurrent
    public static func write(of path: String, to file: String? = nil) async throws -> String {
        let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let page = file ?? "\(folder)/\(fileName)"
        // found out before the work, which may take minutes
        let library = try ChartLibrary.text()
        let html: String
        if FileManager.default.fileExists(atPath: "\(folder)/experiment.json") {
            html = try await ExperimentPage.page(of: folder, at: page).html(drawnBy: library)
        } else if FileManager.default.fileExists(atPath: "\(folder)/\(CapacityFolder.file)") {
            html = try CapacityPage.page(of: folder, at: page).html(drawnBy: library)
        } else {
            html = try await TrialPage.page(of: folder, at: page).html(drawnBy: library)
        }
        do {
            try WholeFile.write(Array(html.utf8), to: page)
        } catch {
            throw ReportError.unwritable(path: page, problem: "\(error)")
        }
        return page
    }

    /// Writes the page of a trial or of an experiment at the end of a script, which its failure does
    /// not make fail: the evidence is whole without it.
    ///
    /// - Parameter path: The folder of the trial or experiment.
    /// - Returns: The page's path, or why there is none and how to make it.
    @concurrent
    public static func line(of path: String) async -> String {
        do {
            return try await write(of: path)
        } catch {
            return "no report: \(error)\nbin/bench report \(path) makes it"
        }
    }

    /// The way from the page's folder to a file, for a link.
    static func way(to file: String, from page: String) -> String {
        func parts(_ url: URL) -> [String] {
            url.standardizedFileURL.resolvingSymlinksInPath().pathComponents
        }
        let target = parts(URL(filePath: file))
        let folder = parts(URL(filePath: page).deletingLastPathComponent())
        let common = zip(target, folder).prefix { $0 == $1 }.count
        let up = Array(repeating: "..", count: folder.count - common)
        return (up + target.dropFirst(common)).joined(separator: "/")
    }
}

extension Subcommand {
    /// `bench report`: a page of a trial or an experiment.
    public static let report = Subcommand(reportUsage) { arguments in
        print(try await Report.write(of: arguments.operand("PATH"), to: arguments.value("output")))
        return 0
    }

    private static let reportUsage = Usage(
        "bench report",
        summary:
            "make one HTML page of a trial, an experiment or a search for a capacity; it opens without a network",
        example: "bench report trials/demo/2026-11-20T23-59-59Z-first",
        operands: [Usage.Operand("PATH", "the directory of a trial, an experiment or a search")],
        options: [
            Usage.Option(
                "output",
                letter: "o",
                value: "FILE",
                "the page, instead of report.html in that directory"
            )
        ]
    )
}
