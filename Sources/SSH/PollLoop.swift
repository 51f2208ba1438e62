private import Foundation
private import Synchronization

/// The one thread that makes every call to libssh2 and every socket call of all connections.
///
/// Callers hand it jobs and wait in continuations, so no cooperative thread ever blocks, and
/// libssh2's rule of one call at a time per session holds by construction.
final class PollLoop: Sendable {
    /// Something to do on the loop's thread, with what only that thread may touch.
    typealias Job = @Sendable (Reactor) -> Void

    /// The loop of this process; its thread starts with the first use and sleeps when idle.
    static let shared = PollLoop()

    private let jobs = Mutex<[Job]>([])
    private let readEnd: Int32
    private let writeEnd: Int32

    private init() {
        var ends: [Int32] = [-1, -1]
        if pipe(&ends) == 0 {
            for end in ends { Socket.prepare(end) }
        }
        readEnd = ends[0]
        writeEnd = ends[1]
        let thread = Thread {
            Reactor(loop: self, wakeSocket: self.readEnd).run()
        }
        thread.name = "ssh-poll-loop"
        thread.start()
    }

    /// Has the loop's thread do something soon; jobs of one caller are done in order.
    func submit(_ job: @escaping Job) {
        let wasIdle = jobs.withLock { jobs in
            jobs.append(job)
            return jobs.count == 1
        }
        guard wasIdle else { return }
        var byte: UInt8 = 0
        // It can only fail with the pipe full, and then the loop is awake anyway.
        _ = write(writeEnd, &byte, 1)
    }

    /// Takes what was submitted since the last call; for the loop's thread.
    func takeJobs() -> [Job] {
        var drained = [UInt8](repeating: 0, count: 64)
        _ = read(readEnd, &drained, drained.count)
        return jobs.withLock { jobs in
            defer { jobs = [] }
            return jobs
        }
    }
}
