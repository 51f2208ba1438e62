public import Histogram
internal import JSON
internal import Usage

/// A summary that cannot be made without leaving something out.
public enum SummaryError: Error, Hashable {
    /// The path cannot be read; the text is the system's.
    case unreadable(path: String, problem: String)
    /// There is no `.hdr` file at or below the path.
    case noLogs(path: String)
    /// The path is a folder of several trials.
    case severalTrials(path: String, trials: [String])
    /// The trial says itself that it is not valid.
    case invalidTrial(path: String, reasons: [String])
    /// `trial.json` is no JSON object that says whether the trial is valid.
    case malformedTrial(path: String, problem: String)
    /// A loader recorded nothing in the window.
    case nothingInWindow(file: String, window: Window)
    /// A loader's log does not cover the time that another's does.
    case differentSpans(file: String, span: Span, other: String, otherSpan: Span)
    /// Two logs whose times of day do not overlap.
    case apart(file: String, time: DatedSpan, other: String, otherTime: DatedSpan)
    /// A log lacks requests that were due in the window, or has too many.
    case missingRequests(file: String, found: Int64, expected: Int64, span: Span)
    /// Parts of a schedule, from 1, whose logs are missing.
    case missingParts([Int], of: Int)
    /// More was answered behind the window than its figures can do without.
    case lateAnswers(tag: String, window: Window, figure: String, shown: String, real: String)
    /// A log's histograms would take more memory than any honest one's.
    case tooLarge(file: String, tags: Int)
    /// A log has more tags than any honest one.
    case tooManyTags(file: String)
    /// Two trials whose loads differ.
    case differentLoads(a: String, b: String, differences: [String])
    /// Histograms cannot be added.
    case histogram(file: String, HistogramError)
    /// Two things to compare have no tag in common.
    case nothingInCommon(a: String, b: String)
}

extension SummaryError: CustomStringConvertible {
    /// The place, what is wrong, and the remedy.
    public var description: String {
        switch self {
        case .unreadable(let path, let problem):
            "\(path): cannot be read: \(problem)"
        case .noLogs(let path):
            "\(path): holds no .hdr file; name a log or a trial directory"
        case .severalTrials(let path, let trials):
            "\(path): holds \(trials.count) trials, which cannot be summed; name one of them:\n"
                + trials.map { "  \($0)" }.joined(separator: "\n")
        case .invalidTrial(let path, let reasons):
            "\(path): the trial is invalid (--invalid-too sums what there is):\n"
                + (reasons.isEmpty ? ["no reason given"] : reasons)
                .flatMap(TrialVerdict.indented)
                .joined(separator: "\n")
        case .malformedTrial(let path, let problem):
            "\(path):\(problem)"
        case .nothingInWindow(let file, let window):
            "\(file): has no interval from \(window); did this loader run? "
                + "choose another --from and --to"
        case .differentSpans(let file, let span, let other, let otherSpan):
            "\(file): covers \(span), but \(other) covers \(otherSpan); "
                + "did a loader start late or die? "
                + "choose --from and --to inside of both"
        case .apart(let file, let time, let other, let otherTime):
            "\(file): its time, \(time), does not overlap with that of \(other), \(otherTime); these "
                + "are logs of two loads: name those of one"
        case .missingRequests(let file, let found, let expected, let span):
            "\(file): holds \(found.grouped) of the \(expected.grouped) requests that were due "
                + "from \(span); was the load stopped? choose --from and --to inside of what is "
                + "whole, or take it as it is with --invalid-too"
        case .missingParts(let missing, let parts):
            (missing.count == 1 ? "part " : "parts ") + missing.map(String.init).listed
                + " of \(parts) of the schedule \(missing.count == 1 ? "is" : "are") "
                + "missing: name the logs of all loaders, or take what there is with --invalid-too"
        case .lateAnswers(let tag, let window, let figure, let shown, let real):
            "\(tag): what was answered behind the window \(window) would change its \(figure) from "
                + "\(shown) to \(real), and these logs do not say when it was due; choose a later "
                + "--to, or take the window as it is with --invalid-too"
        case .tooLarge(let file, let tags):
            "\(file): the histograms of \(tags) tags would take more than 128 MB; is it damaged?"
        case .tooManyTags(let file):
            "\(file): has more than \(HeldCounts.mostTags.grouped) tags; is it damaged?"
        case .differentLoads(let a, let b, let differences):
            "\(a) and \(b): the loads differ (--different-load compares them nevertheless):\n"
                + differences.map { "  \($0)" }.joined(separator: "\n")
        case .histogram(let file, let error):
            "\(file): \(error)"
        case .nothingInCommon(let a, let b):
            "\(a) and \(b): have no tag in common"
        }
    }
}
