internal import JSON

/// Why there is no report.
public enum ReportError: Error, Hashable, CustomStringConvertible {
    /// The folder holds neither a trial nor an experiment.
    case neither(path: String)
    /// The JavaScript that draws the charts is not on this machine.
    case noCharts(searched: [String])
    /// The page cannot be written; the text is the system's.
    case unwritable(path: String, problem: String)

    /// The place, what is wrong, and the remedy.
    public var description: String {
        switch self {
        case .neither(let path):
            "\(path): holds neither trial.json nor experiment.json; name the directory of a trial "
                + "or of an experiment"
        case .noCharts(let searched):
            "the JavaScript of the charts is in none of \(searched.joined(separator: ", ")): "
                + "bin/setup makes it in a checkout, and bin/install copies it from there"
        case .unwritable(let path, let problem):
            "\(path): cannot be written: \(problem)"
        }
    }
}
