private import CLinux
private import Glibc
internal import Posix

/// A TCP port on which a task of a loop takes connections.
package final class TCPListener: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    /// The port that it listens on.
    package let port: UInt16
    private let loop: EventLoop
    private var file: Int32
    private var ticket: WatchTicket?
    private let gate: Gate

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - address: An IPv4 address in figures; loopback unless told otherwise.
    ///   - port: 0 for any free one.
    ///   - backlog: So many connections wait at most until they are taken.
    ///   - loop: Whose tasks take the connections.
    /// - Throws: ``ConnectionError`` if the address or port cannot be had.
    package init(
        address: String = "127.0.0.1",
        port: UInt16 = 0,
        backlog: Int32 = 4_096,
        on loop: EventLoop
    ) throws(ConnectionError) {
        let place = "\(address):\(port)"
        self.loop = loop
        gate = Gate(on: loop)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        guard inet_pton(AF_INET, address, &name.sin_addr) == 1 else {
            throw .address(place, problem: "no IPv4 address in figures")
        }
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let file = socket(AF_INET, Int32(type), 0)
        guard file >= 0 else { throw .system(SystemError("socket")) }
        self.file = file
        var on: Int32 = 1
        setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(file, address, length) == 0 && listen(file, backlog) == 0
                    && getsockname(file, address, &length) == 0 ? 0 : errno
            }
        }
        self.port = UInt16(bigEndian: name.sin_port)
        guard code == 0 else {
            close()
            throw .refused(place, problem: SystemError.text(of: code))
        }
        do {
            ticket = try loop.watch(file) { [gate] _ in gate.wake() }
        } catch {
            close()
            throw .system(error)
        }
    }

    deinit { close() }

    /// Whether it was not closed.
    package var isOpen: Bool { file >= 0 }

    /// Listens no longer; who waits gets an error.
    package func close() {
        guard file >= 0 else { return }
        if let ticket { loop.forget(ticket) }
        Glibc.close(file)
        file = -1
        gate.fail(ConnectionError.closed("port \(port)"))
    }

    /// Suspends until somebody connects.
    ///
    /// - Throws: ``ConnectionError``, also if the process has too many files open; `CancellationError`.
    package func accept() async throws -> TCPConnection {
        while true {
            guard file >= 0 else { throw ConnectionError.closed("port \(port)") }
            var port: UInt16 = 0
            let accepted = clinux_accept(file, &port)
            if accepted >= 0 {
                return try TCPConnection(
                    accepted,
                    peer: "client at port \(port)",
                    on: loop,
                    isOpen: true
                )
            }
            switch errno {
            case EAGAIN: _ = try await gate.wait()
            // One that went away before it was taken.
            case EINTR, ECONNABORTED: continue
            default: throw ConnectionError.system(SystemError("accept"))
            }
        }
    }
}
