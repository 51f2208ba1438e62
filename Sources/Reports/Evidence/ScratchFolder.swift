private import Dispatch
private import Foundation
private import Glibc
internal import Posix
private import Synchronization

/// A folder for what a command unpacks or makes meanwhile: its owner's alone, and gone with its last owner,
/// or with the process where ``removeOnSignals()`` was said.
public final class ScratchFolder: Sendable {
    /// All that there are, each with the leader of the group of processes that works in it, or 0.
    private static let all = Mutex<[String: Int32]>([:])

    let path: String

    /// Makes one whose name begins so.
    init(_ name: String) throws(SystemError) {
        let parent = FileManager.default.temporaryDirectory.path
        var template = Array("\(parent)/\(name)-XXXXXX".utf8CString)
        // made while nobody removes all that there are
        let made = Self.all.withLock { all in
            guard let made = mkdtemp(&template) else { return String?.none }
            let path = String(cString: made)
            all[path] = 0
            return path
        }
        guard let made else { throw SystemError("\(parent)/\(name)") }
        path = made
    }

    deinit {
        Self.all.withLock { all in
            all[path] = nil
            Self.remove(path)
        }
    }

    /// Takes note that this process, and what it starts, works in the folder; 0 if none does any more.
    func note(process: Int32) { Self.all.withLock { $0[path] = process } }

    /// Makes something in a folder, unless all are being removed: then it waits for the end, for what comes
    /// after the removal would stay.
    static func whileThere(_ body: () throws -> Void) throws {
        try all.withLock { _ in try body() }
    }

    private static func remove(_ path: String) {
        // A process that was just killed may have made a last file; else the system's cleaning has it.
        for _ in 0..<10 {
            try? FileManager.default.removeItem(atPath: path)
            guard FileManager.default.fileExists(atPath: path) else { return }
            usleep(10_000)
        }
    }

    /// From now on SIGINT, SIGTERM and SIGHUP end what works in the folders, remove them, and end this process.
    public static func removeOnSignals() {
        // A signal that comes before its source is registered is lost.
        let registered = DispatchGroup()
        defer { registered.wait() }
        for number in [SIGINT, SIGTERM, SIGHUP] {
            registered.enter()
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setRegistrationHandler { registered.leave() }
            source.setEventHandler { end(by: number) }
            source.activate()
            // as long as the process lives
            _ = Unmanaged.passRetained(source as AnyObject)
        }
    }

    private static func end(by number: Int32) -> Never {
        // Held until the end, so that nothing is made meanwhile.
        all.withLock { all in
            for (path, process) in all {
                if process > 0 { kill(-process, SIGKILL) }
                remove(path)
            }
            // as a program ends that obeys no signal
            signal(number, SIG_DFL)
            var unblocked = sigset_t()
            sigemptyset(&unblocked)
            sigaddset(&unblocked, number)
            pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
            raise(number)
            _exit(128 + number)
        }
    }
}
