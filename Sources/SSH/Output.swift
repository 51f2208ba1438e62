/// What comes out of a command: kept within a limit, handed on as it comes, without our marker.
struct Output {
    /// Why no more is taken of it, which ends the command.
    enum Problem: Error, Hashable {
        case localFile(LocalFile.Failure)
        /// More than so many bytes in all.
        case tooLarge(limit: Int)
        /// More than so many bytes of standard error, beside an output that goes elsewhere.
        case tooManyErrors(limit: Int)
    }

    /// Where the bytes go as they come; throws if a local file takes no more.
    typealias Sink = (ExecutionResult.Stream, UnsafeRawBufferPointer) throws(LocalFile.Failure) ->
        Void

    /// Of an output that goes elsewhere nobody expects more words beside it than these.
    private static let errorLimit = 1 << 20

    private let limit: Int
    private let keepsOutput: Bool
    private let sink: Sink?
    private var marker: ProcessMarker?
    private var stdout: [UInt8] = []
    private var stderr: [UInt8] = []
    private var count = 0
    private(set) var problem: Problem?

    /// Makes one for up to `limit` bytes of both streams together.
    ///
    /// - Parameters:
    ///   - limit: In bytes.
    ///   - keepsOutput: Whether standard output is in ``result(_:)``, too.
    ///   - marker: What the command says first.
    ///   - sink: Where the bytes go as they come.
    init(limit: Int, keepsOutput: Bool = true, marker: ProcessMarker? = nil, to sink: Sink? = nil) {
        self.limit = limit
        self.keepsOutput = keepsOutput
        self.marker = marker
        self.sink = sink
    }

    /// The command's session on the node, once it has told.
    var processID: Int? { marker?.processID }

    /// Takes the next bytes of one stream.
    mutating func take(_ stream: ExecutionResult.Stream, _ bytes: UnsafeRawBufferPointer) {
        if stream == .stderr, let rest = marker?.filter(bytes) {
            rest.withUnsafeBytes { keep(.stderr, $0) }
        } else {
            keep(stream, bytes)
        }
    }

    /// Notes that a local file on its side cannot be used any more.
    mutating func fail(_ failure: LocalFile.Failure) { problem = .localFile(failure) }

    /// Takes what was held back for the marker, at the end.
    mutating func finish() {
        if let rest = marker?.rest() { rest.withUnsafeBytes { keep(.stderr, $0) } }
    }

    /// What the command wrote, and how it ended.
    func result(_ status: ExecutionResult.ExitStatus) -> ExecutionResult {
        ExecutionResult(stdout: stdout, stderr: stderr, status: status)
    }

    private mutating func keep(_ stream: ExecutionResult.Stream, _ bytes: UnsafeRawBufferPointer) {
        guard problem == nil, !bytes.isEmpty else { return }
        count += bytes.count
        guard count <= limit else {
            problem = .tooLarge(limit: limit)
            return
        }
        if stream == .stderr {
            stderr += bytes
            if !keepsOutput, stderr.count > Self.errorLimit {
                problem = .tooManyErrors(limit: Self.errorLimit)
            }
        } else if keepsOutput {
            stdout += bytes
        }
        do throws(LocalFile.Failure) {
            try sink?(stream, bytes)
        } catch {
            problem = .localFile(error)
        }
    }
}
