import DeploymentState
import Glibc
import Synchronization

/// The whole output of one terraform command, line by line, with the secrets struck out.
final class LogFile: Sendable {
    /// Where it lies.
    let path: String
    private let strikeout: Strikeout
    private let file: Mutex<Int32>

    /// Makes `log/TIME-VERB.log` in the state directory; a disk that is full costs the log only.
    init(_ verb: String, in files: StateFiles, secrets: [String]) throws {
        try Files.makeDirectory(files.log)
        path = "\(files.log)/\(Moment.now.fileName)-\(verb).log"
        strikeout = Strikeout(secrets)
        file = Mutex(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600))
    }

    deinit {
        file.withLock { file in
            if file >= 0 { close(file) }
        }
    }

    /// Adds a line at once, so that it is there even if we are killed.
    func write(_ line: String) {
        let bytes = Array((redact(line) + "\n").utf8)
        file.withLock { file in
            guard file >= 0 else { return }
            _ = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        }
    }

    /// Returns the last line of the newest log; `nil` if there is none.
    static func lastLine(in files: StateFiles) -> String? {
        // their names begin with the time
        let newest = (try? Files.list(files.log))?.filter { $0.hasSuffix(".log") }.max()
        let text = newest.flatMap { try? Files.read("\(files.log)/\($0)") }  // absent says nothing
        let lines = text?.split(whereSeparator: \.isNewline) ?? []
        return lines.last { !$0.allSatisfy(\.isWhitespace) }.map { String($0.prefix(200)) }
    }

    /// Returns the text with each secret as `[redacted]`.
    func redact(_ text: String) -> String { strikeout.redact(text) }
}
