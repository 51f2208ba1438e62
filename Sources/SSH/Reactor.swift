private import Foundation

/// What a socket is watched for, or has become ready for.
struct Readiness: OptionSet {
    let rawValue: Int16

    static let reading = Readiness(rawValue: Int16(POLLIN))
    static let writing = Readiness(rawValue: Int16(POLLOUT))

    init(rawValue: Int16) { self.rawValue = rawValue }

    /// What `poll` reports; an error or the peer's end can be read and written, to find it out.
    init(reported events: Int16) {
        let failed = events & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
        self = failed ? [.reading, .writing] : Readiness(rawValue: events)
    }
}

/// Something with a socket and deadlines that the ``Reactor`` drives: a ``Dial`` or a ``Link``.
protocol Pollable: AnyObject {
    /// The socket; `nil` if there is none.
    var socket: Int32? { get }
    /// What to watch the socket for; nothing also means not to look for its end.
    var awaits: Readiness { get }
    /// Whether there is work that waits for no socket.
    var hasMore: Bool { get }
    /// When ``expire(now:)`` is next due; `nil` for never.
    var nextDeadline: ContinuousClock.Instant? { get }
    /// Goes on after the socket became ready, or, with nothing ready, after a job changed something.
    func advance(_ ready: Readiness)
    /// Does what is due.
    func expire(now: ContinuousClock.Instant)
}

/// What the poll loop's thread owns: every dial and link, and the loop itself.
final class Reactor {
    let loop: PollLoop
    let admission = Admission()
    /// Where every read goes before its bytes are copied to their command.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    private(set) var dials: [UInt64: Dial] = [:]
    private(set) var links: [UInt64: Link] = [:]
    private let wakeSocket: Int32

    init(loop: PollLoop, wakeSocket: Int32) {
        self.loop = loop
        self.wakeSocket = wakeSocket
        Session.initializeLibrary()
    }

    deinit { buffer.deallocate() }

    func add(_ dial: Dial, as id: UInt64) { dials[id] = dial }
    func remove(dial id: UInt64) { dials[id] = nil }
    func add(_ link: Link, as id: UInt64) { links[id] = link }
    func remove(link id: UInt64) { links[id] = nil }

    /// Runs for as long as the process.
    func run() {
        var watched: [any Pollable] = []
        var polls: [pollfd] = []
        while true {
            collect(&watched, &polls)
            poll(&polls, nfds_t(polls.count), timeout(watched))
            for (item, entry) in zip(watched, polls.dropFirst()) where entry.revents != 0 {
                item.advance(Readiness(reported: entry.revents))
            }
            for item in watched where item.hasMore { item.advance([]) }
            for job in loop.takeJobs() { job(self) }
            // Last, so that what came in time is read before its deadline is looked at.
            expireAll()
        }
    }

    private func collect(_ watched: inout [any Pollable], _ polls: inout [pollfd]) {
        watched.removeAll(keepingCapacity: true)
        polls.removeAll(keepingCapacity: true)
        polls.append(pollfd(fd: wakeSocket, events: Int16(POLLIN), revents: 0))
        for dial in dials.values { watched.append(dial) }
        for link in links.values { watched.append(link) }
        for item in watched {
            let awaited = item.awaits
            let socket = awaited.isEmpty ? -1 : item.socket ?? -1
            polls.append(pollfd(fd: socket, events: awaited.rawValue, revents: 0))
        }
    }

    /// Milliseconds until the next deadline, rounded up; -1 for none.
    private func timeout(_ watched: [any Pollable]) -> Int32 {
        // Without a pipe (no descriptor was left) jobs are looked for 50 times a second.
        var milliseconds: Int64 = wakeSocket >= 0 ? .max : 20
        let now = ContinuousClock.now
        for item in watched {
            if item.hasMore { return 0 }
            guard let deadline = item.nextDeadline else { continue }
            let left = (deadline - now).components
            let ceiling = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1
            milliseconds = min(milliseconds, max(0, ceiling))
        }
        return milliseconds == .max ? -1 : Int32(min(milliseconds, 3_600_000))
    }

    private func expireAll() {
        let now = ContinuousClock.now
        for dial in Array(dials.values) where dial.isDue(now) { dial.expire(now: now) }
        for link in Array(links.values) where link.isDue(now) { link.expire(now: now) }
    }
}

extension Pollable {
    fileprivate func isDue(_ now: ContinuousClock.Instant) -> Bool {
        nextDeadline.map { $0 <= now } ?? false
    }
}
