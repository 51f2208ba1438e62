private import Glibc
internal import Posix

/// The file in which a node exporter finds a load's figures: written anew each second, gone at the end.
///
/// It is always whole, for it is written under another name and renamed. What outlived its load would
/// pass for a load that runs.
final class LoadMetrics {
    private let path: String
    private var figures: LoadFigures
    private var isBroken = false

    /// Writes the first figures.
    ///
    /// - Throws: ``LoadError/system(_:)`` if the file cannot be written.
    init(path: String, _ figures: LoadFigures) throws(LoadError) {
        self.path = path
        self.figures = figures
        do {
            try write()
        } catch {
            throw .system(SystemError(path, code: error.code))
        }
    }

    deinit { unlink(path) }

    /// Adds a second of the clock, and writes what there is now.
    ///
    /// A file that cannot be written any more, as on a full disk, ends no load: it is said once.
    func add(_ second: LiveSecond) {
        figures.add(second)
        guard !isBroken else { return }
        do {
            try write()
        } catch {
            isBroken = true
            Terminal.complain("bench load: no more metrics: \(SystemError(path, code: error.code))")
            unlink(path)
        }
    }

    private func write() throws(SystemError) {
        let bytes = Array(figures.text.utf8)
        try AtomicFile.write(bytes, to: path, mode: 0o644, durably: false)
    }
}
