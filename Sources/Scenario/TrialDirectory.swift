private import Glibc
internal import JSON
internal import Posix

/// The new directory that a run leaves: its measures, its events and its result.
struct TrialDirectory: Sendable {
    let path: String

    var measures: String { path + "/measures.hdr" }
    var events: String { path + "/events.jsonl" }
    var record: String { path + "/trial.json" }

    /// Makes the directory, and the one above it; both are their owner's alone.
    ///
    /// - Throws: The `errno`; `EEXIST` if it is there already.
    init(_ path: String) throws(SystemError) {
        self.path = path
        let above = AtomicFile.split(path).directory
        if mkdir(above, 0o700) != 0, errno != EEXIST { throw SystemError(above) }
        guard mkdir(path, 0o700) == 0 else { throw SystemError(path) }
    }

    /// `trials/NAME-20261130-040500`, in UTC.
    static func standard(_ name: String, since1970 nanoseconds: Int64) -> String {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let length = strftime(&text, text.count, "%Y%m%d-%H%M%S", &parts)
        let date = String(decoding: text.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return "trials/\(name)-\(date)"
    }
}
