private import Glibc
internal import Posix

/// What became of each request, a line each, in the order in which they were settled.
///
/// For tests and for doubt: `DUE OPERATION RESPONSE SERVICE OUTCOME`, times in nanoseconds, `DUE`
/// since the start of the schedule. Failed requests have the times that they really took. Each loop
/// has one of its own; all append whole lines to one file.
final class Trace {
    private static let fullAt = 60_000

    private let file: TraceFile
    private let operations: [[UInt8]]
    private let outcomes: [[UInt8]]
    private var lines: [UInt8] = []
    /// What went wrong at the last attempt to write.
    private(set) var failure: LoadError?

    /// Makes the trace of one loop.
    init(_ file: TraceFile, operations: [String]) {
        self.file = file
        self.operations = operations.map { Array($0.utf8) }
        outcomes = Outcome.allCases.map { Array("\($0)".utf8) }
        lines.reserveCapacity(Self.fullAt + 4_096)
    }

    /// Adds a line.
    func note(due: Int64, _ operation: UInt8, response: Int64, service: Int64, _ outcome: Outcome) {
        append(due)
        lines.append(UInt8(ascii: " "))
        lines += operations[Int(operation)]
        lines.append(UInt8(ascii: " "))
        append(response)
        lines.append(UInt8(ascii: " "))
        append(service)
        lines.append(UInt8(ascii: " "))
        lines += outcomes[Int(outcome.rawValue)]
        lines.append(UInt8(ascii: "\n"))
        if lines.count >= Self.fullAt { flush() }
    }

    /// Writes what is left.
    func flush() {
        guard !lines.isEmpty else { return }
        do {
            try file.append(lines)
        } catch {
            failure = failure ?? error
        }
        lines.removeAll(keepingCapacity: true)
    }

    private func append(_ number: Int64) { lines += "\(number)".utf8 }
}

/// The file of all loops' traces.
final class TraceFile: Sendable {
    private let path: String
    private let file: Int32

    /// Creates the file; an older one is replaced.
    init(path: String) throws(LoadError) {
        self.path = path
        // Appending is atomic for each call, so that no loop cuts into another's lines.
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC
        file = open(path, flags, 0o644)
        guard file >= 0 else { throw .system(SystemError(path)) }
        try append(Array("#due_ns operation response_ns service_ns outcome\n".utf8))
    }

    deinit { close(file) }

    /// Appends whole lines.
    func append(_ lines: [UInt8]) throws(LoadError) {
        do {
            try AtomicFile.append(lines, to: file)
        } catch {
            throw .system(SystemError(path, code: error.code))
        }
    }
}
